"""Who ran what, when, how and how long? Whimbrel's own journal beside the version table."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from whimbrel import __version__
from whimbrel.ledger.version_table import cut_name
from whimbrel.postgres.connection import identifier, literal

if TYPE_CHECKING:
    from whimbrel.ledger.version_table import Place
    from whimbrel.postgres.connection import Session


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


def history_name(place: Place) -> str:
    """Return the journal's quoted name."""
    return f"{identifier(place.schema)}.{identifier(_table_name(place))}"


def _table_name(place: Place) -> str:
    return cut_name(place.table, 63 - len("_history")) + "_history"


def exists(session: Session, place: Place) -> bool:
    """Whether the journal is there and the role may write it."""
    found = session.rows(
        "SELECT pg_catalog.has_table_privilege(c.oid, 'INSERT') FROM pg_catalog.pg_class c"
        " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
        f" WHERE n.nspname = {literal(place.schema)} AND c.relname = {literal(_table_name(place))}"
    )
    return bool(found) and found[0][0] == "t"


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


def applied_versions(session: Session, place: Place) -> tuple[int, frozenset[int]]:
    """Return the version at which the journal began, and the versions that it knows as applied now."""
    found = session.rows(
        "SELECT DISTINCT ON (version, direction = '') version, direction FROM "
        f"{history_name(place)} WHERE outcome IN ('applied', 'begun') ORDER BY version, direction = '', id DESC"
    )
    began = [int(version or 0) for version, direction in found if direction == ""]
    applied = frozenset(int(version or 0) for version, direction in found if direction == "up")
    return (began[0] if began else -1), applied


@cache
def _host() -> str:
    return f"{os.uname().nodename}:{os.getpid()}"
