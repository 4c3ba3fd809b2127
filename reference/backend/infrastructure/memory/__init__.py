"""The twins in memory: they pass the contract of those on PostgreSQL, so a test of the application needs no server."""
