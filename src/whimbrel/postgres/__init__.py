"""The wire: connection strings, a session over libpq, the advisory lock, the server's errors.

It knows nothing of migrations.
"""
