"""How is a plan done? Step by step in each file's mode, until its end, a failure, or the wish to stop."""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from whimbrel.errors import BadFile, ConnectionLost, SourceError, WhimbrelError
from whimbrel.planner.mode import Mode, apart
from whimbrel.runner.database import RESET, connect
from whimbrel.runner.events import Noticed, StepRead
from whimbrel.runner.outcome import Outcome
from whimbrel.runner.prepare import Prepared, in_units, prepare
from whimbrel.runner.script import run_script
from whimbrel.runner.transaction import run_window
from whimbrel.runner.units import run_units

if TYPE_CHECKING:
    from collections.abc import Callable

    from whimbrel.planner.plan import Plan, Step
    from whimbrel.postgres.connection import Notice
    from whimbrel.runner.database import Database
    from whimbrel.runner.stop import Stop

_WINDOW_FILES = 32
_WINDOW_CHARACTERS = 256 * 1024
_FLUSH = (
    "BEGIN",
    "SELECT pg_catalog.set_config('synchronous_commit', 'on', true)"
    " WHERE pg_catalog.current_setting('synchronous_commit') = 'off'",
    "SELECT pg_catalog.pg_logical_emit_message(true, 'whimbrel', '')",
    "COMMIT",
)
_ALL = frozenset(["SELECT", "INSERT", "UPDATE", "DELETE"])


class Runner:
    """Does steps on a locked database; `read` returns a file's bytes."""

    def __init__(self, database: Database, read: Callable[[str], bytes], stop: Stop) -> None:
        self._database = database
        self._read = read
        self._stop = stop
        self._applied: list[Step] = []
        self._relaxed = False
        self._current: Step | None = None

    @property
    def outcome(self) -> Outcome:
        """What was done so far."""
        return Outcome(tuple(self._applied))

    def run(self, plan: Plan) -> Outcome:
        """Do all steps; what was reported as applied is durable on every way out.

        Raises:
            MigrationFailed: the server refused a file.
            BadFile: a file cannot be run.
            SourceError: a file cannot be read.
            VersionTableError: the version row could not be written.
            ConnectionLost: the session ended.
        """
        waiting = deque(plan.steps)
        self._begin()
        try:
            ready: deque[Prepared] = deque()
            while (ready or waiting) and not self._stop.asked:
                problem = self._read_ahead(ready, waiting)
                if not ready and problem is not None:
                    raise problem
                self._one_or_more(ready, waiting)
        finally:
            self._make_durable()
        remaining = (*(prepared.step for prepared in ready), *waiting)
        return Outcome(tuple(self._applied), remaining)

    def resume(self, prepared: Prepared) -> None:
        """Finish the file that an earlier run left half-way."""
        self._begin()
        self._current = prepared.step
        run_units(self._database, prepared, self._stop, self._database.table.note)
        self._finished(prepared)
        self._sure_of_lock()

    def _begin(self) -> None:
        session = self._database.session
        session.on_notice = self._notice
        session.deadline_ms = session.target.parameters.statement_timeout_ms

    def _read_ahead(
        self, ready: deque[Prepared], waiting: deque[Step], running: int = 0
    ) -> BadFile | SourceError | None:
        """Read files until a window is full, behind those `running`; a file that cannot be read is a problem later."""
        size = sum(len(prepared.plan.text) for prepared in islice(ready, running, None))
        parameters = self._database.session.target.parameters
        while waiting and len(ready) < running + _WINDOW_FILES and size < _WINDOW_CHARACTERS:
            if ready and not self._fits_a_window(ready[-1]):
                break
            try:
                prepared = prepare(
                    waiting[0],
                    self._read,
                    standard_strings=self._database.session.standard_strings,
                    one_by_one=parameters.multi_statement,
                )
            except (BadFile, SourceError) as problem:
                return problem
            step = waiting.popleft()
            self._database.on_event(StepRead(step, prepared.plan if step.file else None))
            ready.append(prepared)
            size += len(prepared.plan.text)
        return None

    def _one_or_more(self, ready: deque[Prepared], waiting: deque[Step]) -> None:
        first = ready[0]
        if self._applied and not self._database.settings.carry_settings:
            self._database.session.pipeline(RESET)
        if first.plan.mode is Mode.TRANSACTION:
            self._window(ready, waiting)
            return
        self._current = first.step
        if first.plan.mode is Mode.UNITS:
            run_units(self._database, first, self._stop)
        else:
            run_script(self._database, first, self._stop)
        ready.popleft()
        self._finished(first)
        self._sure_of_lock()

    def _window(self, ready: deque[Prepared], waiting: deque[Step]) -> None:
        window: list[Prepared] = []
        for prepared in islice(ready, _WINDOW_FILES):
            if prepared.plan.mode is not Mode.TRANSACTION or (window and not self._fits_a_window(prepared)):
                break
            window.append(prepared)
            if not self._fits_a_window(prepared):
                break
        more_follow = bool(waiting) or len(window) < len(ready)
        self._current = window[0].step
        strings = self._database.session.standard_strings
        try:
            applied, refused = run_window(
                self._database,
                window,
                self._stop,
                lambda: self._read_while(ready, waiting, len(window)),
                more_follow=more_follow,
            )
        except BaseException:
            self._relaxed = True
            raise
        for _ in range(applied):
            self._finished(ready.popleft())
        self._relaxed = applied > 0 and (more_follow or applied < len(window))
        if refused is not None:
            units = apart(refused.prepared.plan.units[0], refused.number)
            ready[0] = in_units(ready[0], units, "a statement of it refuses a transaction block")
        elif applied < len(window) and not self._stop.asked:
            self._sure_of_lock()
        if self._database.session.standard_strings != strings:  # what was read ahead was split by the old rules
            waiting.extendleft(prepared.step for prepared in reversed(ready))
            ready.clear()

    def _read_while(self, ready: deque[Prepared], waiting: deque[Step], running: int) -> None:
        """Read what comes after the files that are running, if one of those cannot change how it is read."""
        if self._fits_a_window(ready[-1]):
            self._read_ahead(ready, waiting, running)

    def _fits_a_window(self, prepared: Prepared) -> bool:
        """Whether other files may be on their way together with this one."""
        parameters = self._database.session.target.parameters
        return (
            prepared.plan.mode is Mode.TRANSACTION
            and not prepared.plan.sets_transaction
            and not parameters.statement_timeout_ms
            and self._database.table.may >= _ALL
        )

    def _sure_of_lock(self) -> None:
        """Take the lock again if a file gave it up."""
        if not self._database.keeps_lock():
            self._database.lock_again()

    def _finished(self, prepared: Prepared) -> None:
        self._applied.append(prepared.step)
        target = prepared.step.target
        versions = ((target, False),) if target >= 0 else ()
        self._database.table = replace(self._database.table, versions=versions)

    def _make_durable(self) -> None:
        """Wait for the disk once, if commits did not: a commit that writes to the log makes all before it durable.

        A transaction id alone is not enough: without a log record the commit does not wait (13 to 18).
        """
        if not self._relaxed:
            return
        self._relaxed = False
        session = self._database.session
        if session.broken:
            with suppress(WhimbrelError):  # that the session was lost is being reported
                self._flush_in_another_session()
            return
        try:
            session.rollback()
            session.pipeline(_FLUSH)
        except ConnectionLost as lost:
            try:
                self._flush_in_another_session()
            except WhimbrelError:
                raise lost from None

    def _flush_in_another_session(self) -> None:
        """Any session's commit makes all commits before it durable."""
        other = connect(self._database.session.target, self._database.settings)
        try:
            other.pipeline(_FLUSH)
        finally:
            other.close()

    def _notice(self, notice: Notice) -> None:
        self._database.on_event(Noticed(notice, self._current))
