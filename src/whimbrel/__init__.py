"""Whimbrel: schema changes and repositories for Python services on PostgreSQL.

Import from the public doors: `whimbrel.migrator` runs migrations. Nothing is imported here, so that a command
pays only for what it uses.
"""

__version__ = "0.1.0"
