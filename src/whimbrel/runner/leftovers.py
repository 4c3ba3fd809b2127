"""What did a statement leave that could not share a transaction with the progress note? The catalog knows.

Each kind is recognised as done, or cleaned so that it can run again; the table in docs/reference/interrupted-runs.md
says how. Facts measured on PostgreSQL 13 to 18.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, TypeAlias

from whimbrel.errors import QueryFailed
from whimbrel.postgres.connection import identifier, literal
from whimbrel.sql.concurrently import (
    CreateIndex,
    Detach,
    ObjectKind,
    Reindex,
    ReindexKind,
    parse_create_index,
    parse_detach,
    parse_drop_index,
    parse_object,
    parse_reindex,
)
from whimbrel.sql.transaction_block import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from whimbrel.planner.mode import Unit
    from whimbrel.postgres.connection import Session
    from whimbrel.sql.statement import Statement

    _Look: TypeAlias = Callable[[Session, Statement, tuple[int, ...]], "Left"]


class Left(Enum):
    """What an interrupted statement left."""

    DONE = auto()
    """All that it was to do is done."""
    AGAIN = auto()
    """Nothing of it is left, or running it again does no harm: it is to be run."""
    UNKNOWN = auto()
    """Only a person can tell."""


def beside(session: Session, unit: Unit) -> tuple[int, ...]:
    """Return the objects (OIDs) that are there before a statement, to tell afterwards what it did.

    For a statement that makes something: what might be taken for it. For one that takes something away: what it is to
    take away, since another of that name may stand behind it in the search_path.
    """
    text = unit.statements[0].text
    if unit.refusal is Refusal.CREATE_INDEX_CONCURRENTLY and (index := parse_create_index(text)) is not None:
        rows = session.rows(
            "SELECT indexrelid FROM pg_catalog.pg_index"
            f" WHERE indrelid = pg_catalog.to_regclass({literal(index.table)}) ORDER BY 1"
        )
        return tuple(int(oid or 0) for (oid,) in rows)
    if unit.refusal is Refusal.REINDEX_CONCURRENTLY and (reindex := parse_reindex(text)) is not None:
        return tuple(oid for oid, _ in _reindex_leftovers(session, reindex))
    if unit.refusal is Refusal.DROP_INDEX_CONCURRENTLY and (drop := parse_drop_index(text)) is not None:
        return _known(oid for name in drop.names for oid in _oids(session, name))
    if unit.refusal is Refusal.DETACH_CONCURRENTLY and (detach := parse_detach(text)) is not None:
        return _known(oid for oid, _ in _attached(session, detach))
    named = parse_object(text)
    return () if named is None else _shared(session, _KINDS[named.kind], named.name)


def look(session: Session, unit: Unit, before: tuple[int, ...]) -> Left:
    """Find out what an interrupted statement left and clean up a half of it.

    `before` are the indexes that were there when it was begun.

    Raises:
        QueryFailed: the server refused to clean up.
    """
    statement = unit.statements[0]
    if unit.refusal is not None:
        return _LOOKS[unit.refusal](session, statement, before)
    if statement.keywords[0] in {"REINDEX", "CLUSTER"}:
        return Left.AGAIN
    if statement.keywords[:2] == ("DROP", "SUBSCRIPTION"):
        return _object(session, statement, before)
    return Left.UNKNOWN


def _create_index(session: Session, statement: Statement, before: tuple[int, ...]) -> Left:
    index = parse_create_index(statement.text)
    if index is None:
        return Left.UNKNOWN
    definition = _definition(session, index)
    rows = session.rows(
        "SELECT i.indexrelid, i.indisvalid, pg_catalog.pg_get_indexdef(i.indexrelid), n.nspname, c.relname"
        " FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid"
        " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
        f" WHERE i.indrelid = pg_catalog.to_regclass({literal(index.table)})"
    )
    for oid, valid, found, schema, name in rows:
        if int(oid or 0) in before or (index.name is not None and name != index.name):
            continue
        if definition is None and index.name is None:
            return Left.UNKNOWN
        if definition is not None and _behind_table(found or "") != definition:
            continue
        if valid == "t":
            return Left.DONE
        session.simple(f"DROP INDEX CONCURRENTLY {identifier(schema or '')}.{identifier(name or '')}")
    return Left.AGAIN


def _definition(session: Session, index: CreateIndex) -> str | None:
    """Return how PostgreSQL itself would write this index's definition behind its table, None if it will not say.

    The statement is run, not concurrently, on an empty copy of the table, which is rolled back.
    """
    unique = "UNIQUE " if index.unique else ""
    try:
        session.simple("BEGIN")
        session.simple(f"CREATE TEMP TABLE whimbrel_copy (LIKE {index.table})")
        session.simple(f"CREATE {unique}INDEX whimbrel_copy_index ON pg_temp.whimbrel_copy {index.rest}")
        query = "SELECT pg_catalog.pg_get_indexdef('pg_temp.whimbrel_copy_index'::pg_catalog.regclass)"
        return _behind_table(session.rows(query)[0][0] or "")
    except QueryFailed:
        return None
    finally:
        session.rollback()


def _behind_table(definition: str) -> str:
    """Return the part of pg_get_indexdef that holds no names of index and table, and whether it is unique."""
    head, _, tail = definition.partition(" USING ")
    return f"{head.startswith('CREATE UNIQUE')} {tail}"


def _drop_index(session: Session, statement: Statement, before: tuple[int, ...]) -> Left:
    drop = parse_drop_index(statement.text)
    if drop is None:
        return Left.UNKNOWN
    listed = ", ".join(map(str, before)) or "0"
    there = session.rows(f"SELECT 1 FROM pg_catalog.pg_index WHERE indexrelid IN ({listed})")
    return Left.DONE if before and not there else Left.AGAIN


def _reindex(session: Session, statement: Statement, before: tuple[int, ...]) -> Left:
    reindex = parse_reindex(statement.text)
    if reindex is None:
        return Left.UNKNOWN
    for oid, name in _reindex_leftovers(session, reindex):
        if oid not in before:
            session.simple(f"DROP INDEX CONCURRENTLY {name}")
    return Left.AGAIN


def _reindex_leftovers(session: Session, reindex: Reindex) -> list[tuple[int, str]]:
    """Return what an interrupted REINDEX CONCURRENTLY leaves: invalid indexes named …_ccnew or …_ccold.

    Only those of the tables that it goes over, their partitions and TOAST tables: elsewhere another may be running.
    """
    name = f"pg_catalog.to_regclass({literal(reindex.name or '')})"
    if reindex.kind is ReindexKind.INDEX:
        tables = f"SELECT indrelid FROM pg_catalog.pg_index WHERE indexrelid IN ({_TREE.format(name)})"
    elif reindex.kind is ReindexKind.TABLE:
        tables = _TREE.format(name)
    elif reindex.kind is ReindexKind.SCHEMA:
        tables = (
            "SELECT t.oid FROM pg_catalog.pg_class t"
            f" WHERE t.relnamespace = pg_catalog.to_regnamespace({literal(reindex.name or '')})"
        )
    else:
        tables = "SELECT t.oid FROM pg_catalog.pg_class t"
    rows = session.rows(
        f"WITH tables(oid) AS ({tables}) SELECT c.oid, n.nspname, c.relname FROM pg_catalog.pg_index i"
        " JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
        " WHERE NOT i.indisvalid AND c.relname ~ '_cc(new|old)[0-9]*$' AND (i.indrelid IN (SELECT oid FROM tables)"
        " OR i.indrelid IN (SELECT r.reltoastrelid FROM pg_catalog.pg_class r JOIN tables USING (oid))) ORDER BY 1"
    )
    return [(int(oid or 0), f"{identifier(schema or '')}.{identifier(name or '')}") for oid, schema, name in rows]


def _detach(session: Session, statement: Statement, before: tuple[int, ...]) -> Left:
    detach = parse_detach(statement.text)
    if detach is None:
        return Left.UNKNOWN
    rows = _attached(session, detach)
    if not rows:
        return Left.DONE if before else Left.AGAIN
    if rows[0][1] == "t":
        session.simple(f"ALTER TABLE {detach.parent} DETACH PARTITION {detach.partition} FINALIZE")
        return Left.DONE
    return Left.AGAIN


def _attached(session: Session, detach: Detach) -> list[tuple[str | None, ...]]:
    """Return the partition's OID, where it is one, and whether it is half detached (14)."""
    return session.rows(
        "SELECT inhrelid, inhdetachpending FROM pg_catalog.pg_inherits"
        f" WHERE inhparent = pg_catalog.to_regclass({literal(detach.parent)})"
        f" AND inhrelid = pg_catalog.to_regclass({literal(detach.partition)})"
    )


def _object(session: Session, statement: Statement, before: tuple[int, ...]) -> Left:
    """Look for a database, tablespace or subscription: what was made is there now, and what was dropped is not."""
    named = parse_object(statement.text)
    if named is None:
        return Left.UNKNOWN
    now = _shared(session, _KINDS[named.kind], named.name)
    if named.drop:
        return Left.DONE if before and now != before else Left.AGAIN
    return Left.DONE if now and now != before else Left.AGAIN


def _shared(session: Session, catalog: tuple[str, str, str], name: str) -> tuple[int, ...]:
    table, column, where = catalog
    return _known(
        oid for (oid,) in session.rows(f"SELECT oid FROM pg_catalog.{table} WHERE {column} = {literal(name)}{where}")
    )


def _again(_: Session, __: Statement, ___: tuple[int, ...]) -> Left:
    return Left.AGAIN


def _finish_prepared(session: Session, statement: Statement, _: tuple[int, ...]) -> Left:
    """A prepared transaction that is gone was finished."""
    known = session.rows("SELECT gid FROM pg_catalog.pg_prepared_xacts")
    return Left.AGAIN if any(literal(gid or "").strip() in statement.text for (gid,) in known) else Left.DONE


def _oids(session: Session, name: str) -> list[str | None]:
    return [oid for (oid,) in session.rows(f"SELECT pg_catalog.to_regclass({literal(name)})::pg_catalog.oid")]


def _known(oids: Iterable[str | None]) -> tuple[int, ...]:
    return tuple(sorted(int(oid) for oid in oids if oid is not None))


_TREE = (
    "WITH RECURSIVE tree(oid) AS (SELECT {0}::pg_catalog.oid UNION ALL"
    " SELECT h.inhrelid FROM tree JOIN pg_catalog.pg_inherits h ON h.inhparent = tree.oid) SELECT oid FROM tree"
)
_KINDS = {
    ObjectKind.DATABASE: ("pg_database", "datname", ""),
    ObjectKind.TABLESPACE: ("pg_tablespace", "spcname", ""),
    ObjectKind.SUBSCRIPTION: (
        "pg_subscription",
        "subname",
        " AND subdbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())",
    ),
}
_LOOKS: dict[Refusal, _Look] = {
    Refusal.CREATE_INDEX_CONCURRENTLY: _create_index,
    Refusal.DROP_INDEX_CONCURRENTLY: _drop_index,
    Refusal.REINDEX_CONCURRENTLY: _reindex,
    Refusal.REINDEX_MANY: _again,
    Refusal.DETACH_CONCURRENTLY: _detach,
    Refusal.CREATE_DATABASE: _object,
    Refusal.DROP_DATABASE: _object,
    Refusal.ALTER_DATABASE_TABLESPACE: _again,
    Refusal.CREATE_TABLESPACE: _object,
    Refusal.DROP_TABLESPACE: _object,
    Refusal.ALTER_SYSTEM: _again,
    Refusal.VACUUM: _again,
    Refusal.CLUSTER_ALL: _again,
    Refusal.CREATE_SUBSCRIPTION: _object,
    Refusal.ALTER_SUBSCRIPTION: _again,
    Refusal.FINISH_PREPARED: _finish_prepared,
    Refusal.DISCARD_ALL: _again,
}
