"""Migrations of one source, on one database: up, down, goto, force, version, drop.

from whimbrel.migrator import Migrator, parse_url, path_source

with Migrator(path_source("migrations"), parse_url("postgres://app@localhost/app")) as migrator:
    outcome = migrator.up()
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from whimbrel.errors import BadFile, DirtyDatabase, LockNotAcquired, NoMigrationLeft, ShortLimit, WhimbrelError
from whimbrel.ledger import history, version_table
from whimbrel.migration.direction import Direction
from whimbrel.migration.migration_set import MigrationSet
from whimbrel.migration.state import DatabaseState
from whimbrel.migration.version import MAX, NIL
from whimbrel.planner.plan import Plan, Step
from whimbrel.planner.planner import plan_down, plan_goto, plan_up, skipped
from whimbrel.postgres.conninfo import Target, parse_url
from whimbrel.runner.database import Database, Settings
from whimbrel.runner.events import Event, Warned
from whimbrel.runner.outcome import Outcome
from whimbrel.runner.stop import Stop
from whimbrel.sources.locate import locate, path_source

if TYPE_CHECKING:
    from collections.abc import Callable

    from whimbrel.ledger.progress_note import ProgressNote
    from whimbrel.runner.prepare import Prepared
    from whimbrel.sources.source import Source

__all__ = [
    "DatabaseState",
    "Event",
    "Migrator",
    "Outcome",
    "Plan",
    "Settings",
    "Step",
    "Target",
    "WhimbrelError",
    "locate",
    "parse_url",
    "path_source",
]


def _ignore(_: Event) -> None:
    return


@dataclass(frozen=True, slots=True)
class _Wish:
    """What the caller wants: the plan for a state, and what of it an interrupted step would already be."""

    plan: Callable[[DatabaseState], Plan]
    direction: Direction | None
    after: Callable[[Step], _Wish]
    goal: int | None = None


class Migrator:
    """Runs migrations; used by one thread, as a context manager or with `close`.

    `on_event` is told what happens; `stop.ask()`, from any thread or a signal handler, ends a run between two files.

    Raises:
        SourceError: the source cannot be listed.
        ConnectionFailed: there is no such server, user or database, or it refuses us.
        VersionTableError: the version table cannot be read.
    """

    def __init__(
        self,
        source: Source,
        target: Target,
        *,
        settings: Settings | None = None,
        on_event: Callable[[Event], None] = _ignore,
    ) -> None:
        self._source = source
        self._on_event = on_event
        self.stop = Stop()
        self.migrations = MigrationSet.from_names(source.names())
        self._database = Database.open(target, settings or Settings(), on_event)
        self._database.stops_waiting = lambda: self.stop.asked

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the session; the server gives up what locks are left."""
        self._database.session.close()

    def up(self, limit: int | None = None) -> Outcome:
        """Apply all pending migrations, or at most `limit`.

        Raises:
            NoMigrationLeft: the source is empty, or a limit was given and nothing is pending.
            ShortLimit: fewer than `limit` were pending; they are applied.
            DirtyDatabase: an earlier run stopped half-way and left nothing to go on from.
            VersionNotFound: the database's version has no file.
            MigrationFailed: the server refused a file; those before it are applied.
            LockNotAcquired: another run held the lock all the time.
        """
        return Outcome() if limit == 0 else self._run(self._up(limit))

    def pending(self, limit: int | None = None) -> tuple[str, ...]:
        """Return the names of the files that `up` would run now; the file of an interrupted run is not among them."""
        state = self._database.state
        plan = self._rest(self._up(limit), DatabaseState(state.version)) if limit != 0 else Plan()
        return tuple(step.file.name for step in plan.steps if step.file is not None)

    def read(self, name: str) -> bytes:
        """Return the content of one of the files.

        Raises:
            SourceError: it cannot be read.
        """
        return self._source.read(name)

    def down(self, limit: int | None = 1) -> Outcome:
        """Undo the last `limit` migrations, all with None.

        Raises:
            NoMigrationLeft: a limit was given and nothing is applied.
            ShortLimit: fewer than `limit` were applied; they are undone.
            DirtyDatabase, VersionNotFound, MigrationFailed, LockNotAcquired: as `up`.
        """
        return Outcome() if limit == 0 else self._run(self._down(limit))

    def goto(self, version: int) -> Outcome:
        """Go up or down to `version`.

        Raises:
            VersionNotFound: the version, or the database's, has no file.
            DirtyDatabase, MigrationFailed, LockNotAcquired: as `up`.
        """
        return self._run(self._goto(version))

    def version(self) -> DatabaseState:
        """Return where the database is; neither waits for a lock nor makes the version table.

        Raises:
            VersionTableError: the table holds several rows.
        """
        return self._database.state

    def force(self, version: int) -> None:
        """Write `version` as clean without running anything; -1 for none. Ends the note of an interrupted run.

        Raises:
            LockNotAcquired: another run held the lock all the time.
            VersionTableError: the role may not write the row.
        """
        if not NIL <= version <= MAX:
            message = f"version {version} is not between -1 and {MAX}"
            raise WhimbrelError(message)
        database = self._database
        database.lock()
        try:
            table = database.table
            queries = ["BEGIN", *version_table.write_sql(table, DatabaseState(version))]
            if table.may_comment and table.comment != table.users_comment:
                queries.append(version_table.comment_sql(database.place, table.users_comment))
            if database.has_history:
                entry = history.Entry(version, "", "", "", "", 0, "forced", took_s=0.0)
                queries.append(history.insert_sql(database.place, entry))
            database.session.pipeline([*queries, "COMMIT"])
            database.read()
        finally:
            database.unlock()

    def drop(self, *, tables_only: bool = False) -> tuple[str, ...]:
        """Drop all that the current schema holds, extensions kept; with `tables_only` as golang-migrate: its tables.

        Raises:
            LockNotAcquired: another run held the lock all the time.
            QueryFailed: an object cannot be dropped; those before it are gone.
        """
        from whimbrel.runner.drop import drop_schema_objects, drop_tables

        database = self._database
        database.lock()
        try:
            if tables_only:
                return drop_tables(database.session)
            dropped = drop_schema_objects(database.session, database.place)
            if database.read().versions:
                queries = version_table.write_sql(database.table, DatabaseState())
                database.session.pipeline(["BEGIN", *queries, "COMMIT"])
            return dropped
        finally:
            database.unlock()

    def ensure_version_table(self) -> None:
        """Make the version table if it is absent, as golang-migrate does before any command.

        Waits for nobody: a run that holds the lock makes the table itself.

        Raises:
            VersionTableError: the role may not.
        """
        if not self._database.table.exists:
            self._database.make_table_if_free()

    def _up(self, limit: int | None) -> _Wish:
        return _Wish(
            lambda state: plan_up(self.migrations, state, limit),
            Direction.UP,
            lambda _: self._up(None if limit is None else limit - 1),
        )

    def _down(self, limit: int | None) -> _Wish:
        return _Wish(
            lambda state: plan_down(self.migrations, state, limit),
            Direction.DOWN,
            lambda _: self._down(None if limit is None else limit - 1),
        )

    def _goto(self, version: int) -> _Wish:
        return _Wish(
            lambda state: plan_goto(self.migrations, state, version), None, lambda _: self._goto(version), version
        )

    def _run(self, wish: _Wish) -> Outcome:
        """Plan, lock, plan again if the database moved, run."""
        database = self._database
        if database.table.exists and not database.state.dirty:
            plan = wish.plan(database.state)
            if not plan.steps:
                if wish.direction is Direction.UP:
                    database.find_history()
                    self._report_skipped()
                return self._ended(Outcome(), plan)
        from whimbrel.runner.runner import Runner  # a run with nothing to do goes without

        try:
            database.lock()
        except LockNotAcquired:
            if not self.stop.asked:
                raise
            return Outcome(remaining=self._rest(wish, DatabaseState(database.state.version)).steps)
        runner = Runner(database, self._source.read, self.stop)
        try:
            if database.state.dirty:
                prepared = self._interrupted(wish)
                runner.resume(prepared)
                wish = wish.after(prepared.step)
                plan = self._rest(wish, database.state)
            else:
                plan = wish.plan(database.state)
            if wish.direction is Direction.UP:
                self._report_skipped()
            outcome = runner.run(plan)
        finally:
            database.unlock()
        return self._ended(outcome, plan)

    def _rest(self, wish: _Wish, state: DatabaseState) -> Plan:
        """Plan what is still to be done in a state; that there is nothing is no error here."""
        try:
            return wish.plan(state)
        except NoMigrationLeft:
            return Plan()

    def _ended(self, outcome: Outcome, plan: Plan) -> Outcome:
        if plan.missing and not outcome.stopped:
            raise ShortLimit(plan.missing)
        return outcome

    def _interrupted(self, wish: _Wish) -> Prepared:
        """Return the interrupted step with what is left of its file.

        Raises:
            DirtyDatabase: there is no note to go on from, or the wish leads another way.
            BadFile: what is done of the file was edited meanwhile.
        """
        table = self._database.table
        state, note = table.state, table.note
        if note is None or note.version not in self.migrations:
            raise DirtyDatabase(state.version)
        step = Step(note.version, note.direction, state.version, self.migrations[note.version].file(note.direction))
        onward = wish.direction is note.direction
        if wish.goal is not None:
            onward = wish.goal >= state.version if note.direction is Direction.UP else wish.goal <= state.version
        if not onward:
            remedy = f"run `{note.direction}` first: it finishes {step.name}; or `force` the version that is right"
            raise DirtyDatabase(state.version, remedy=remedy)
        return self._rest_of(step, note)

    def _rest_of(self, step: Step, note: ProgressNote) -> Prepared:
        from whimbrel.planner.mode import Mode
        from whimbrel.runner.prepare import prepare
        from whimbrel.runner.units import resumable

        session = self._database.session
        whole = prepare(step, self._source.read, standard_strings=session.standard_strings)
        if not resumable(whole.plan.text, note):
            begun = " and the next one is begun" if note.begun else ""
            reason = f"its first {note.done} units are done{begun}, and that part of the file was edited since"
            remedy = (
                "put that part back as it was and change only what follows, or finish by hand and `force` the version"
            )
            raise BadFile(step.name, reason, remedy=remedy)
        one_by_one = session.target.parameters.multi_statement
        rest = prepare(
            step,
            self._source.read,
            standard_strings=session.standard_strings,
            one_by_one=one_by_one,
            start=note.character,
        )
        if rest.plan.mode is Mode.SCRIPT:
            reason = f"its first {note.done} units are done, and the rest cannot be run by itself: {rest.plan.reason}"
            raise BadFile(step.name, reason, remedy="finish by hand and `force` the version")
        return rest

    def _report_skipped(self) -> None:
        """Say which lower versions were never applied, as far as the journal knows."""
        database = self._database
        if not database.has_history:
            return
        version = database.state.version
        # A file that was resumed may have left its role in the session.
        database.session.pipeline(["BEGIN", *database.as_ourselves()])
        known = history.known_versions(database.session, database.place, version)
        database.session.pipeline(["COMMIT"])
        for found in skipped(self.migrations, version, known):
            self._on_event(
                Warned(
                    f"version {found} is lower than the database's version {version} and was never applied here: "
                    "`up` does not go back for it; give its file a new number"
                )
            )
