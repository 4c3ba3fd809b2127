"""How does a file run that only the server can follow? As golang-migrate sends it: dirty, the whole text, clean."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from whimbrel.errors import ConnectionLost, MigrationFailed, QueryFailed
from whimbrel.ledger import history, version_table
from whimbrel.migration.state import DatabaseState
from whimbrel.runner.events import StepFinished, StepStarted
from whimbrel.runner.failure import migration_failed, syntax_error
from whimbrel.runner.transaction import checksum
from whimbrel.runner.units import ended_clean

if TYPE_CHECKING:
    from whimbrel.runner.database import Database
    from whimbrel.runner.prepare import Prepared
    from whimbrel.runner.stop import Stop

_REPAIR = "look at what it left, repair the schema, then `force` the version that it is at"


def run_script(database: Database, prepared: Prepared, stop: Stop) -> None:
    """Run a file in one simple Query message between two writes of the version row.

    Raises:
        MigrationFailed: the server refused it, or it left a transaction open; the version is dirty, unless it was not
            even parsed.
        ConnectionLost: the session ended; the version is dirty.
    """
    session, step = database.session, prepared.step
    error = syntax_error(session, prepared.plan.text)
    if error is not None:
        raise migration_failed(prepared, error, None)
    began = time.monotonic_ns()
    database.on_event(StepStarted(step))
    dirty = version_table.write_sql(database.table, DatabaseState(step.target, dirty=True))
    written = replace(database.table, versions=((step.target, True),))
    clean = version_table.write_sql(written, DatabaseState(step.target))
    session.pipeline(["BEGIN", *dirty, "COMMIT"])
    try:
        with stop.watching(session):
            session.simple(prepared.plan.text)
        if session.in_transaction:
            message = "the file left its transaction open; it is rolled back"
            raise _failed(prepared, QueryFailed(message))
    except QueryFailed as failure:
        raise _failed(prepared, failure) from failure
    except ConnectionLost as lost:
        lost.remedy = _REPAIR
        raise
    finally:
        session.rollback()
        session.speak_utf8()
    if database.has_history:
        entry = history.Entry(
            step.version, step.title, step.direction, prepared.plan.mode, checksum(prepared), 1, "applied",
            took_s=(time.monotonic_ns() - began) / 1e9,
        )  # fmt: skip
        clean.append(history.insert_sql(database.place, entry))
    try:
        session.pipeline(["BEGIN", *database.as_ourselves(), *clean, "COMMIT"])
    except ConnectionLost as lost:
        if not ended_clean(database, step.target):
            lost.remedy = _REPAIR
            raise
    database.on_event(StepFinished(step, prepared.read_ns, time.monotonic_ns() - began))


def _failed(prepared: Prepared, failure: QueryFailed) -> MigrationFailed:
    kept = (
        f"what it committed before stays, and nobody can tell how much: the version is dirty ({prepared.plan.reason})"
    )
    return migration_failed(prepared, failure, None, kept=kept, remedy=_REPAIR)
