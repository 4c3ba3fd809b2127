"""How does a file run that no single transaction can hold? Dirty, unit by unit with a note of what is done, clean."""

from __future__ import annotations

import hashlib
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from whimbrel.errors import ConnectionLost, DirtyDatabase, QueryFailed, VersionTableError, WhimbrelError
from whimbrel.ledger import history, version_table
from whimbrel.ledger.progress_note import ProgressNote
from whimbrel.migration.state import DatabaseState
from whimbrel.pg_types.sqlstate import SqlState
from whimbrel.planner.mode import apart
from whimbrel.postgres import advisory_lock
from whimbrel.postgres.connection import PipelineFailed, rows_of
from whimbrel.runner.events import StepFinished, StepStarted, Warned
from whimbrel.runner.failure import migration_failed, place_of, refused_block, syntax_error
from whimbrel.runner.leftovers import Left, beside, look
from whimbrel.runner.transaction import checksum
from whimbrel.sql.session_setting import is_session_setting
from whimbrel.sql.split import split

if TYPE_CHECKING:
    from whimbrel.planner.mode import Unit
    from whimbrel.runner.database import Database
    from whimbrel.runner.prepare import Prepared
    from whimbrel.runner.stop import Stop


class _Run:
    """One file being run unit by unit."""

    def __init__(self, database: Database, prepared: Prepared, stop: Stop, note: ProgressNote | None) -> None:
        self.database = database
        self.session = database.session
        self.prepared = prepared
        self.stop = stop
        self.before = database.table
        self.came_from = note.came_from if note is not None else database.state.version
        self.units = list(prepared.plan.units)
        self.done = note.done if note is not None else 0
        self.resumed = note
        self.keeps_note = database.table.may_comment
        self.row = note.row if note is not None else 0
        self.character = note.character if note is not None else 0
        self.began = time.monotonic_ns()

    def run(self) -> None:
        text = self.prepared.plan.text
        error = syntax_error(self.session, text)
        if error is not None:
            raise migration_failed(self.prepared, error, None, kept="" if self.resumed is None else self._kept())
        self.database.on_event(StepStarted(self.prepared.step, self.done))
        if self.resumed is None:
            self._mark_dirty()
        else:
            self._set_again(text[: self.character])
            if self.resumed.begun and not self.units[0].alone:  # it refused its transaction only when it was run
                self.units[:1] = apart(self.units[0], 0)
        number = 0
        while number < len(self.units):
            unit = self.units[number]
            begun = self.resumed is not None and self.resumed.begun > 0
            try:
                with self.stop.watching(self.session):
                    self._alone(unit, begun=begun) if unit.alone else self._together(unit)
            except _Apart as refused:
                self.units[number : number + 1] = apart(unit, refused.number)
                continue
            self.resumed = None
            number += 1
        try:
            self._mark_clean()
        except ConnectionLost:
            if not ended_clean(self.database, self.prepared.step.target):
                raise
        now = time.monotonic_ns()
        self.database.on_event(StepFinished(self.prepared.step, self.prepared.read_ns, now - self.began))

    def _mark_dirty(self) -> None:
        """Write the dirty row and the note that names it, in one transaction."""
        target = DatabaseState(self.prepared.step.target, dirty=True)
        place = self.database.place
        queries = ["BEGIN", *version_table.write_sql(self.before, target)]
        self.before = replace(self.before, versions=((target.version, True),))
        version_table.write_sql(self.before, DatabaseState(target.version))  # refuses before anything is done
        if not self.keeps_note:
            self.session.pipeline([*queries, "COMMIT"])
            return
        found = self.session.pipeline([*queries, f"SELECT xmin FROM {place}"])[-1]
        self.row = int(rows_of(found)[0][0] or 0)
        self.session.pipeline([self._note_sql(), "COMMIT"])

    def _mark_clean(self) -> None:
        """Write the clean row, take the note away and add to the journal, in one transaction."""
        step = self.prepared.step
        queries = ["BEGIN", *self.database.as_ourselves()]
        queries += version_table.write_sql(self.before, DatabaseState(step.target))
        queries += self._without_note()
        if self.database.has_history:
            entry = history.Entry(
                step.version, step.title, step.direction, self.prepared.plan.mode, checksum(self.prepared),
                sum(len(unit.statements) for unit in self.units), "applied",
                took_s=(time.monotonic_ns() - self.began) / 1e9,
            )  # fmt: skip
            queries.append(history.insert_sql(self.database.place, entry))
        self.session.pipeline([*queries, "COMMIT"])

    def _mark_undone(self) -> None:
        """Nothing of the file is left: write the row as it was."""
        state = DatabaseState(self.came_from)
        queries = ["BEGIN", *self.database.as_ourselves(), *version_table.write_sql(self.before, state)]
        self.session.pipeline([*queries, *self._without_note(), "COMMIT"])

    def _together(self, unit: Unit) -> None:
        """Run a unit in a transaction that also holds the note; a read-only one gets its note in the next."""
        inside = [statement.text for statement in unit.statements]
        noted = self._noted(unit)
        shares = noted and not unit.read_only
        held = "SELECT " + advisory_lock.held_sql(self.database.ids)
        try:
            results = self.session.pipeline([unit.begin, *inside, *(noted if shares else ()), held, "COMMIT"])
        except PipelineFailed as failure:
            self.session.rollback()
            index = failure.number - 1
            statement = unit.statements[index] if 0 <= index < len(unit.statements) else None
            if statement is not None and not unit.own and refused_block(failure, statement):
                raise _Apart(index) from None
            self._fail(failure, unit, index if statement is not None else None)
        if noted and not shares:
            self.session.pipeline(["BEGIN", *noted, "COMMIT"])
        self._count(unit)
        if rows_of(results[-2])[0][0] != str(len(self.database.ids)):
            self._lock_again(self.done)

    def _alone(self, unit: Unit, *, begun: bool) -> None:
        """Run a statement that refuses a transaction, between two notes: that it was begun, and that it is done."""
        statement = unit.statements[0]
        left = Left.AGAIN
        before = self.resumed.beside if begun and self.resumed is not None else beside(self.session, unit)
        if begun:
            left = look(self.session, unit, before)
            if left is Left.UNKNOWN:
                raise self._cannot_tell(unit)
        elif self.keeps_note:
            self.session.pipeline(
                ["BEGIN", *self._as_ourselves(self._note_sql(begun=unit.end, beside=before)), "COMMIT"]
            )
        if left is Left.AGAIN:
            try:
                self.session.simple(statement.text)
            except QueryFailed as failure:
                failure = self._named(failure)
                clean = self._clean_up(unit, before)
                self._fail(failure, unit, 0, undone=clean)
        if not self.database.keeps_lock():
            self._lock_again(self.done)
        noted = self._noted(unit)
        if noted:
            self.session.pipeline(["BEGIN", *noted, "COMMIT"])
        self._count(unit)

    def _count(self, unit: Unit) -> None:
        self.done += 1
        self.character = unit.end

    def _lock_again(self, done: int) -> None:
        """Take the lock again that a unit gave up, unless another run went on with the file meanwhile."""
        target = self.prepared.step.target
        self.database.lock_again(((target, True),))
        note = self.database.table.note
        if self.keeps_note and (note is None or note.row != self.row or note.done != done):
            message = f"{self.prepared.step.name} gave up the migration lock, and another run went on with it meanwhile"
            raise VersionTableError(message, remedy="take out of the file what gives up advisory locks; run it again")

    def _clean_up(self, unit: Unit, before: tuple[int, ...]) -> bool:
        """Take away what a failed statement left, so that the file can be repaired and run again; tell whether it is.

        If not, the next run tries again: the note goes on saying that the statement was begun.
        """
        try:
            if self.stop.asked > 1:  # whoever asked twice is not to wait for others' transactions
                self.session.simple("SET lock_timeout = '1s'")
            left = look(self.session, unit, before)
        except QueryFailed as failure:
            self.database.on_event(
                Warned(
                    f"what {place_of(self.prepared, unit.statements[0])} left could not be removed: {failure.message}"
                )
            )
            return False
        if left is not Left.UNKNOWN and self.keeps_note:
            self.session.pipeline(["BEGIN", *self._as_ourselves(self._note_sql()), "COMMIT"])
        return left is not Left.UNKNOWN

    def _fail(self, failure: QueryFailed, unit: Unit, index: int | None, *, undone: bool = True) -> None:
        """Raise the file's failure; where nothing of it is left, the version is clean again."""
        statement = unit.statements[index] if index is not None else None
        if self.done == 0 and undone and not self.session.broken:
            self._mark_undone()
            raise migration_failed(self.prepared, failure, statement) from failure
        raise migration_failed(self.prepared, failure, statement, kept=self._kept()) from failure

    def _kept(self) -> str:
        total = self.done + len(self.units) - self._finished()
        after = (
            "repair the file behind them and run the command again: it goes on there"
            if self.keeps_note
            else ("repair the schema, then `force` the version that it is at")
        )
        return f"{self.done} of {total} units are done and stay; {after}"

    def _finished(self) -> int:
        """Return how many of the units of this run are done."""
        return sum(1 for unit in self.units if unit.end <= self.character)

    def _named(self, failure: QueryFailed) -> QueryFailed:
        """Say who else waited where a deadlock ended the statement: a runner that blocks in pg_advisory_lock."""
        if failure.sqlstate == SqlState.DEADLOCK_DETECTED:
            waiting = advisory_lock.holders(self.session, self.database.ids)
            if waiting:
                failure.hint = (
                    f"{waiting} waits for the migration lock with a blocking call; let it end and run the command again"
                )
        return failure

    def _cannot_tell(self, unit: Unit) -> DirtyDatabase:
        what = " ".join(unit.statements[0].keywords[:1])
        place = place_of(self.prepared, unit.statements[0])
        return DirtyDatabase(
            self.prepared.step.target,
            remedy=f"{what} at {place} was begun and may have committed a part; look at what it did, finish or undo "
            "it, then `force` the version that the schema is at",
        )

    def _noted(self, unit: Unit) -> list[str]:
        """Return the statements that note the unit as done, none where the role may not comment."""
        if not self.keeps_note:
            return []
        return self._as_ourselves(self._note_sql(unit))

    def _as_ourselves(self, query: str) -> list[str]:
        return [*self.database.as_ourselves(), query]

    def _note_sql(self, unit: Unit | None = None, *, begun: int = 0, beside: tuple[int, ...] = ()) -> str:
        step = self.prepared.step
        character = unit.end if unit is not None else self.character
        note = ProgressNote(
            direction=step.direction,
            version=step.version,
            digest=digest(self.prepared.plan.text[: begun or character]),
            done=self.done + (unit is not None),
            total=self.done + len(self.units) - self._finished(),
            row=self.row,
            came_from=self.came_from,
            character=character,
            begun=begun,
            beside=beside,
            users=self.before.users_comment,
        )
        return version_table.comment_sql(self.database.place, str(note))

    def _without_note(self) -> list[str]:
        return [version_table.comment_sql(self.database.place, self.before.users_comment)] if self.keeps_note else []

    def _set_again(self, done: str) -> None:
        """Repeat the session settings of the part that is done: they ended with the session that made them."""
        script = split(done, standard_conforming_strings=self.session.standard_strings)
        for statement in script.statements:
            if is_session_setting(statement):
                self.session.simple(statement.text)


class _Apart(Exception):
    """Statement `number` of a unit refused its transaction and must run alone."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


def run_units(database: Database, prepared: Prepared, stop: Stop, note: ProgressNote | None = None) -> None:
    """Run a file unit by unit; with `note`, go on behind what an earlier run did.

    Raises:
        MigrationFailed: the server refused a unit; `kept` says what stays.
        DirtyDatabase: an earlier run left a statement of which nobody can tell how far it came.
        ConnectionLost: the session ended; the next run goes on from the note.
    """
    _Run(database, prepared, stop, note).run()


def resumable(prepared_text: str, note: ProgressNote) -> bool:
    """Whether the part of a file that the note says is done or begun is still what it was."""
    return len(prepared_text) >= note.fixed and digest(prepared_text[: note.fixed]) == note.digest


def ended_clean(database: Database, target: int) -> bool:
    """Read back, after the session was lost, whether the last COMMIT of a file got through."""
    try:
        database.connect_again()
    except WhimbrelError:
        return False
    return database.state == DatabaseState(target)


def digest(text: str) -> str:
    """Return the SHA-256 of a text as UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()
