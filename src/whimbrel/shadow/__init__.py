"""PostgreSQL servers of our own: the embedded one, and throw-away ones for tests."""
