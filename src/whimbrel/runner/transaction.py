"""How do files run that fit a transaction each? Several on their way at once, each with its version row."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from whimbrel.errors import ConnectionLost, QueryFailed, VersionTableError, WhimbrelError
from whimbrel.ledger import history
from whimbrel.pg_types.sqlstate import SqlState
from whimbrel.postgres.connection import PipelineFailed, Repeated
from whimbrel.runner.database import RESET
from whimbrel.runner.events import Noticed, StepFinished, StepStarted
from whimbrel.runner.failure import migration_failed, refused_block, syntax_error

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from whimbrel.postgres.connection import Notice
    from whimbrel.runner.database import Database
    from whimbrel.runner.prepare import Prepared
    from whimbrel.runner.stop import Stop
    from whimbrel.sql.statement import Statement

_GATE, _STATEMENT, _OURS, _COMMIT = range(4)


@dataclass(frozen=True, slots=True)
class Refused:
    """Statement `number` of a file refused the transaction that the file was run in; all of it was rolled back."""

    prepared: Prepared
    number: int


@dataclass(slots=True)
class _Window:
    """The messages of several files and what each is; `number` counts files."""

    queries: list[str | Repeated]
    marks: list[tuple[int, int, Statement | None]]

    def add(self, query: str | Repeated, kind: int, number: int, statement: Statement | None = None) -> None:
        self.queries.append(query)
        self.marks.append((kind, number, statement))


def run_window(
    database: Database, window: Sequence[Prepared], stop: Stop, meanwhile: Callable[[], None], *, more_follow: bool
) -> tuple[int, Refused | None]:
    """Run files, each in its own transaction with its version row, in one round trip.

    The first failure skips all that follows. Return how many were applied, and the one that refused its transaction,
    if any. `more_follow` lets the last commit be asynchronous as all before it are. `meanwhile` is called while the
    server is at work.

    Raises:
        MigrationFailed: the server refused a file; it is rolled back and those before it are applied.
        VersionTableError: the version row could not be written; the file is rolled back.
        ConnectionLost: the session ended; the version row says what was applied.
    """
    alone = len(window) == 1 and window[0].plan.sets_transaction
    messages = _messages(database, window, gated=not alone, more_follow=more_follow)
    if alone and not database.keeps_lock():
        database.lock_again()
    applied = answers = started = 0
    strings = database.session.standard_strings
    began = time.monotonic_ns()
    database.on_event(StepStarted(window[0].step))

    def answered(number: int) -> None:
        nonlocal answers, applied, began, started
        kind, which, _ = messages.marks[number]
        answers = number + 1
        if kind == _COMMIT:
            now = time.monotonic_ns()
            if which > started:
                database.on_event(StepStarted(window[which].step))
            applied = which + 1
            database.on_event(StepFinished(window[which].step, window[which].read_ns, now - began))
            began = now
            if applied < len(window) and not stop.asked:  # else it most likely finds the gate shut
                started = applied
                database.on_event(StepStarted(window[applied].step))

    def noticed(notice: Notice) -> None:
        kind, which, _ = messages.marks[min(answers, len(messages.marks) - 1)]
        if kind != _GATE:  # that we lost the lock is said by what follows
            database.on_event(Noticed(notice, window[which].step))

    on_notice, database.session.on_notice = database.session.on_notice, noticed
    try:
        with stop.watching(database.session, database.gate if len(window) > 1 else None):
            commits = frozenset(n for n, mark in enumerate(messages.marks) if mark[0] == _COMMIT)
            database.session.pipeline(messages.queries, answered, commits, meanwhile)
    except PipelineFailed as failure:
        database.session.rollback()
        kind, which, statement = messages.marks[failure.number]
        if database.session.standard_strings != strings:  # an earlier file changed how this one is to be split
            return which, None
        return which, _explain(database, window[which], kind, statement, failure)
    except ConnectionLost:
        try:
            known = _read_back(database, window)
        except WhimbrelError:
            known = 0  # the server is out of reach: that the connection is lost is all that can be said
        for number in range(applied, known):
            answered(next(i for i, mark in enumerate(messages.marks) if mark[:2] == (_COMMIT, number)))
        if known == len(window):
            return known, None
        raise
    finally:
        database.session.on_notice = on_notice
    return applied, None


def _messages(database: Database, window: Sequence[Prepared], *, gated: bool, more_follow: bool) -> _Window:
    messages = _Window([], [])
    if _forgets(window):
        database.session.keeps_prepared = False
    repeats = database.settings.carry_settings and database.session.keeps_prepared and len(window) > 1
    for number, prepared in enumerate(window):
        unit = prepared.plan.units[0]
        step = prepared.step
        later = more_follow or number + 1 < len(window)
        if number and not database.settings.carry_settings:
            for reset in RESET:
                messages.add(reset, _OURS, number)
        messages.add(unit.begin, _STATEMENT, number)
        if gated:
            gate = database.gate_sql(later=later, gated=number > 0)
            messages.add(Repeated(gate) if repeats else gate, _GATE, number)
        for statement in unit.statements:
            messages.add(statement.text, _STATEMENT, number, statement)
        for query in (*database.as_ourselves(), *database.row_sql(step.target, repeats=repeats)):
            messages.add(query, _OURS, number)
        if database.has_history:
            entry = history.Entry(
                step.version, step.title, step.direction, prepared.plan.mode, checksum(prepared),
                len(unit.statements), "applied",
            )  # fmt: skip
            messages.add(history.insert_sql(database.place, entry), _OURS, number)
        messages.add("COMMIT", _COMMIT, number)
    return messages


def _forgets(window: Sequence[Prepared]) -> bool:
    """Whether a file says that the session shall forget what was prepared."""
    statements = (statement for prepared in window for statement in prepared.plan.units[0].statements)
    return any(statement.keywords[:1] == ("DEALLOCATE",) for statement in statements)


def checksum(prepared: Prepared) -> str:
    """Return the SHA-256 of a file's bytes, empty where there is no file."""
    return hashlib.sha256(prepared.body).hexdigest() if prepared.step.file else ""


def _explain(
    database: Database, prepared: Prepared, kind: int, statement: Statement | None, failure: PipelineFailed
) -> Refused | None:
    """Return what the runner can go on from, None for a gate that did not open; raise what is the file's fault."""
    unit = prepared.plan.units[0]
    session = database.session
    if kind == _GATE and failure.sqlstate == SqlState.DIVISION_BY_ZERO:
        return None
    if kind in {_GATE, _OURS} and failure.sqlstate == SqlState.INVALID_SQL_STATEMENT_NAME and session.keeps_prepared:
        session.keeps_prepared = False  # code in the file did DEALLOCATE ALL; it is run again without
        return None
    if statement is not None and not unit.own and refused_block(failure, statement):
        return Refused(prepared, unit.statements.index(statement))
    if kind == _OURS and failure.sqlstate == SqlState.UNDEFINED_TABLE:
        message = f"{prepared.step.name} drops or renames the version table {database.place}; it was rolled back"
        raise VersionTableError(message, remedy="take that statement out of the file") from failure
    if kind == _OURS and failure.sqlstate == SqlState.INSUFFICIENT_PRIVILEGE:
        message = (
            f"cannot write the version table {database.place}: {failure.message}; {prepared.step.name} was rolled back"
        )
        raise VersionTableError(
            message, remedy=f"GRANT SELECT, INSERT, UPDATE, DELETE ON {database.place} to the role that migrates"
        ) from failure
    if failure.sqlstate not in {SqlState.SYNTAX_ERROR, SqlState.QUERY_CANCELED}:
        earlier: QueryFailed | None = syntax_error(session, prepared.plan.text)
        if earlier is not None and earlier.sqlstate == SqlState.SYNTAX_ERROR:
            raise migration_failed(prepared, earlier, None) from failure
    raise migration_failed(prepared, failure, statement) from failure


def _read_back(database: Database, window: Sequence[Prepared]) -> int:
    """Return how many files of the window were committed, by the version row, after the session was lost."""
    before = database.table.versions
    database.connect_again()
    if database.table.versions == before:
        return 0
    now = database.state.version
    return next((n + 1 for n in reversed(range(len(window))) if window[n].step.target == now), 0)
