"""What a database holds, to be compared: its catalog, its rows, its version, and Whimbrel's own note of it all."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psycopg

_CATALOG = (Path(__file__).parent / "catalog.sql").read_bytes()
_TABLES = """
select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp)'
and c.relname !~ '^schema_migrations' order by 1
"""


@dataclass(frozen=True, slots=True)
class Row:
    """The version row; None stands for no row or no table."""

    version: int | None
    dirty: bool = False


def contents(connection: psycopg.Connection) -> tuple[str, ...]:
    """Everything but the version table and its history: catalog and rows."""
    lines = [str(line) for (line,) in connection.execute(_CATALOG) if "schema_migrations" not in str(line)]
    for (table,) in connection.execute(_TABLES).fetchall():
        found = connection.execute(f"select to_jsonb(one.*)::text from {table} one order by 1".encode())
        lines += [f"row {table} {row}" for (row,) in found]
    return tuple(lines)


def version_row(connection: psycopg.Connection) -> Row:
    """The only row of the version table."""
    if not _exists(connection, "schema_migrations"):
        return Row(None)
    rows = connection.execute("select version, dirty from public.schema_migrations").fetchall()
    assert len(rows) <= 1, rows
    return Row(*rows[0]) if rows else Row(None)


def table_comment(connection: psycopg.Connection) -> str | None:
    """The comment on the version table."""
    row = connection.execute("select obj_description(to_regclass('public.schema_migrations'), 'pg_class')").fetchone()
    assert row
    comment: str | None = row[0]
    return comment


def applied(connection: psycopg.Connection) -> list[tuple[int, str]]:
    """The journal's rows of files that were run: version and direction, in order."""
    if not _exists(connection, "schema_migrations_history"):
        return []
    query = "select version, direction from public.schema_migrations_history where outcome = 'applied' order by id"
    return connection.execute(query).fetchall()


def _exists(connection: psycopg.Connection, table: str) -> bool:
    row = connection.execute("select to_regclass('public.' || %s) is not null", [table]).fetchone()
    return bool(row and row[0])
