"""What is dropped by `drop`, and in which order?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.postgres.connection import identifier

if TYPE_CHECKING:
    from whimbrel.ledger.version_table import Place
    from whimbrel.postgres.connection import Session

_TABLES = (
    "SELECT table_name FROM information_schema.tables WHERE table_schema = (SELECT pg_catalog.current_schema())"
    " AND table_type = 'BASE TABLE'"
)

_NOT_AN_EXTENSIONS = (
    " AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.objid = o.oid AND d.deptype = 'e'"
    " AND d.classid = '{catalog}'::pg_catalog.regclass)"
)
_NOT_A_COLUMNS = (
    " AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.objid = o.oid AND o.relkind = 'S'"
    " AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i'))"
)
"""A sequence of a serial or identity column goes with its table."""
_NOT_A_TYPES = (
    " AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.objid = o.oid AND d.deptype = 'i'"
    " AND d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass)"
)
"""The constructors of a range go with it."""
_HERE = "pg_catalog.current_schema()::pg_catalog.regnamespace"
_OBJECTS = (
    "SELECT CASE o.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'f' THEN 'FOREIGN TABLE'"
    " WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, pg_catalog.format('%I', o.relname) FROM pg_catalog.pg_class o"
    f" WHERE o.relnamespace = {_HERE} AND o.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND NOT o.relispartition"
    + _NOT_AN_EXTENSIONS.format(catalog="pg_catalog.pg_class")
    + _NOT_A_COLUMNS
    + " ORDER BY o.relkind = 'S', o.oid DESC",
    "SELECT CASE o.prokind WHEN 'p' THEN 'PROCEDURE' WHEN 'a' THEN 'AGGREGATE' ELSE 'FUNCTION' END,"
    " pg_catalog.format('%I(%s)', o.proname, CASE WHEN o.prokind = 'a' AND o.pronargs = 0 THEN '*'"
    " ELSE pg_catalog.pg_get_function_identity_arguments(o.oid) END) FROM pg_catalog.pg_proc o"
    f" WHERE o.pronamespace = {_HERE}"
    + _NOT_AN_EXTENSIONS.format(catalog="pg_catalog.pg_proc")
    + _NOT_A_TYPES
    + " ORDER BY o.oid DESC",
    "SELECT CASE o.typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END, pg_catalog.format('%I', o.typname)"
    f" FROM pg_catalog.pg_type o WHERE o.typnamespace = {_HERE} AND o.typtype IN ('d', 'e', 'r', 'c', 'b')"
    " AND (o.typrelid = 0 OR (SELECT c.relkind FROM pg_catalog.pg_class c WHERE c.oid = o.typrelid) = 'c')"
    " AND NOT EXISTS (SELECT FROM pg_catalog.pg_type e WHERE e.typarray = o.oid)"
    + _NOT_AN_EXTENSIONS.format(catalog="pg_catalog.pg_type")
    + " ORDER BY o.oid DESC",
)


def drop_tables(session: Session) -> tuple[str, ...]:
    """Drop the tables of the current schema as golang-migrate does: one by one, with what depends on them.

    Return their names.

    Raises:
        QueryFailed: one cannot be dropped; those before it are gone.
    """
    names = tuple(name or "" for (name,) in session.rows(_TABLES))
    for name in names:
        session.simple(f"DROP TABLE IF EXISTS {identifier(name)} CASCADE")
    return names


def drop_schema_objects(session: Session, place: Place) -> tuple[str, ...]:
    """Drop all that the current schema holds, but for extensions and what belongs to them; return what was dropped.

    Tables, views, materialized views, foreign tables, sequences, functions, procedures, aggregates, types and domains.
    The version table goes last, so that a failure on the way leaves a database that `drop` can be run on again.

    Raises:
        QueryFailed: an object cannot be dropped; those before it are gone.
    """
    dropped: list[str] = []
    ours = {identifier(place.table), identifier(place.table + "_history"), place.table, place.table + "_history"}
    last: list[tuple[str, str]] = []
    for query in _OBJECTS:
        for kind, name in session.rows(query):
            if name in ours:
                last.append((kind or "", name or ""))
                continue
            session.simple(f"DROP {kind} IF EXISTS {name} CASCADE")
            dropped.append(f"{(kind or '').lower()} {name}")
    for kind, name in last:
        session.simple(f"DROP {kind} IF EXISTS {name} CASCADE")
        dropped.append(f"{kind.lower()} {name}")
    return tuple(dropped)


def current_schema(session: Session) -> str:
    """Return the name of the schema that `drop` empties."""
    return session.rows("SELECT pg_catalog.current_schema()")[0][0] or ""
