"""Can the backend serve? The database answers, and its schema is the one that this program was written for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from backend.application.ports.readiness import Readiness
from whimbrel.persistence import DBError, Statement
from whimbrel.persistence.errors import SchemaMismatch

if TYPE_CHECKING:
    from whimbrel.persistence import Database

VERSION: Statement[Any] = Statement("schema.version", "SELECT version, dirty FROM schema_migrations", tuple, {})


def newest_migration() -> int:
    """The version of the newest migration that lies beside the program."""
    folder = Path(__file__).parents[2] / "migrations"
    return max(int(path.name.partition("_")[0]) for path in folder.glob("*.up.sql"))


class SchemaReadiness:
    """Compares the database's version with the newest migration."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._wanted = newest_migration()

    async def check(self) -> Readiness:
        """Ready where the schema is current, or newer: a rolling deploy migrates before it replaces programs."""
        try:
            found = await self._database.querier().optional(VERSION)
        except SchemaMismatch:
            return Readiness(ready=False, version=None, reason="the database was never migrated")
        except DBError as error:
            return Readiness(ready=False, version=None, reason=error.reason)
        if found is None:
            return Readiness(ready=False, version=None, reason="the database has no version")
        version, dirty = found
        if dirty:
            return Readiness(ready=False, version=version, reason=f"migration {version} stopped half-way")
        if version < self._wanted:
            return Readiness(ready=False, version=version, reason=f"the schema is behind version {self._wanted}")
        return Readiness(ready=True, version=version)
