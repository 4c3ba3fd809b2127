"""Who ran what, when, how and how long? Whimbrel's own journal beside the version table."""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

from whimbrel import __version__
from whimbrel.ledger.version_table import cut_name
from whimbrel.migration.direction import Direction
from whimbrel.migration.version import NIL
from whimbrel.postgres.connection import identifier, literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from whimbrel.ledger.version_table import Place
    from whimbrel.postgres.connection import Session


_COLUMNS = (
    "version", "title", "direction", "mode", "checksum", "statements", "started_at", "took", "attempts", "lock_waits",
    "outcome", "role", "host", "tool",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """One run of one file. `checksum` is the SHA-256 of the file's bytes; `took_s` None takes the transaction's age."""

    version: int
    title: str
    direction: str
    mode: str
    checksum: str
    statements: int
    outcome: str
    took_s: float | None = None
    attempts: int = 1
    lock_waits: int = 0


class Journal(StrEnum):
    """What there is of the journal."""

    ABSENT = "absent"
    OURS = "ours"
    NOT_OURS = "not ours"
    """A table of that name that the role may not read and write, or that has other columns: it is left alone."""


@dataclass(frozen=True, slots=True)
class Known:
    """Which versions were applied, as far as the journal tells: all up to `floor`, and more, but for those `undone`."""

    floor: int
    applied: frozenset[int] = frozenset()
    undone: frozenset[int] = frozenset()

    def __contains__(self, version: object) -> bool:
        known = isinstance(version, int) and (version <= self.floor or version in self.applied)
        return known and version not in self.undone


def history_name(place: Place) -> str:
    """Return the journal's quoted name."""
    return f"{identifier(place.schema)}.{identifier(_table_name(place))}"


def _table_name(place: Place) -> str:
    return cut_name(place.table, 63 - len("_history")) + "_history"


def find(session: Session, place: Place) -> Journal:
    """Look whether the journal is there, and whether it is one that we can keep."""
    columns = ", ".join(map(literal, _COLUMNS))
    found = session.rows(
        "SELECT pg_catalog.has_table_privilege(c.oid, 'INSERT') AND pg_catalog.has_table_privilege(c.oid, 'SELECT')"
        " AND (SELECT pg_catalog.count(*) FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid"
        f" AND a.attname IN ({columns}) AND NOT a.attisdropped) = {len(_COLUMNS)} FROM pg_catalog.pg_class c"
        " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
        f" WHERE n.nspname = {literal(place.schema)} AND c.relname = {literal(_table_name(place))}"
    )
    if not found:
        return Journal.ABSENT
    return Journal.OURS if found[0][0] == "t" else Journal.NOT_OURS


def create_sql(place: Place, version: int) -> list[str]:
    """Return the statements that make the journal; its first row says at which version it began."""
    name = history_name(place)
    return [
        f"CREATE TABLE IF NOT EXISTS {name} ("
        "id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, version bigint NOT NULL, title text NOT NULL,"
        " direction text NOT NULL, mode text NOT NULL, checksum text NOT NULL, statements integer NOT NULL,"
        " started_at timestamptz NOT NULL, took interval NOT NULL, attempts integer NOT NULL,"
        " lock_waits integer NOT NULL, outcome text NOT NULL, role text NOT NULL, host text NOT NULL,"
        " tool text NOT NULL)",
        insert_sql(place, Entry(version, "", "", "", "", 0, "begun")),
    ]


def insert_sql(place: Place, entry: Entry) -> str:
    """Return the statement that adds a row."""
    if entry.took_s is None:
        times = "pg_catalog.transaction_timestamp(), pg_catalog.clock_timestamp() - pg_catalog.transaction_timestamp()"
    else:
        took = f"pg_catalog.make_interval(secs => {entry.took_s:.6f})"
        times = f"pg_catalog.clock_timestamp() - {took}, {took}"
    texts = (entry.title, entry.direction, entry.mode, entry.checksum)
    return (
        f"INSERT INTO {history_name(place)} (version, title, direction, mode, checksum, statements, started_at, took,"
        f" attempts, lock_waits, outcome, role, host, tool) VALUES ({entry.version}, {', '.join(map(literal, texts))},"
        f" {entry.statements}, {times}, {entry.attempts}, {entry.lock_waits}, {literal(entry.outcome)}, session_user,"
        f" {literal(_host())}, {literal(f'whimbrel {__version__}')})"
    )


def begin_again_sql(place: Place, version: int) -> str:
    """Return the statement that begins the journal anew where its last row does not lead to `version`.

    Another tool, golang-migrate say, moved the database since; what it did is not known.
    """
    entry = insert_sql(place, Entry(version, "", "", "", "", 0, "begun", took_s=0.0))
    head, _, values = entry.partition(" VALUES (")
    return (
        f"{head} SELECT {values.removesuffix(')')} FROM (SELECT version AS last, direction AS way FROM"
        f" {history_name(place)} ORDER BY id DESC LIMIT 1) AS before"
        f" WHERE CASE WHEN way = 'down' THEN last <= {version} ELSE last <> {version} END"
    )


def known_versions(session: Session, place: Place, version: int) -> Known:
    """Return what the journal knows of a database that is at `version`; everything, where another tool moved it."""
    name = history_name(place)
    rows = session.rows(
        f"SELECT version, direction FROM {name} WHERE id >= COALESCE((SELECT pg_catalog.max(id) FROM {name}"
        " WHERE outcome IN ('begun', 'forced')), 0) ORDER BY id"
    )
    return _known([(int(found or 0), way or "") for found, way in rows], version)


def _known(rows: Sequence[tuple[int, str]], version: int) -> Known:
    floor, applied, undone = NIL, set[int](), set[int]()
    for found, way in rows:
        if way == Direction.UP:
            applied.add(found)
            undone.discard(found)
        elif way == Direction.DOWN:
            applied.discard(found)
            undone.add(found)
        else:
            floor = found
    last, way = rows[-1] if rows else (NIL, "")
    moved = last <= version if way == Direction.DOWN else last != version
    return Known(version) if moved else Known(floor, frozenset(applied), frozenset(undone))


@cache
def _host() -> str:
    return f"{os.uname().nodename}:{os.getpid()}"
