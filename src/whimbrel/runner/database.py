"""The database of a run: its session, its lock, its version table, and how each is had again when it is lost."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from whimbrel.errors import ConnectionLost, LockNotAcquired, QueryFailed, VersionTableError
from whimbrel.ledger import history, version_table
from whimbrel.migration.state import DatabaseState
from whimbrel.migration.version import NIL
from whimbrel.pg_types.sqlstate import SqlState
from whimbrel.postgres import advisory_lock
from whimbrel.postgres.connection import Repeated, Session, identifier
from whimbrel.postgres.go_drivers import with_defaults
from whimbrel.runner.events import LockWaited, Warned
from whimbrel.runner.stop import gate_number, gate_open_sql

if TYPE_CHECKING:
    from collections.abc import Callable

    from whimbrel.ledger.version_table import Place, VersionTable
    from whimbrel.postgres.conninfo import Target
    from whimbrel.runner.events import Event

_CHECK_INTERVAL = (
    "SELECT pg_catalog.set_config('client_connection_check_interval', '1000', false)"
    " WHERE pg_catalog.current_setting('client_connection_check_interval', true) = '0'"
)
"""From 14 on the server notices within a second that a killed client is gone, and rolls back; 13 has no such thing."""

RESET = (
    "SET SESSION AUTHORIZATION DEFAULT",
    "RESET ROLE",
    "RESET ALL",
    "DEALLOCATE ALL",
    "CLOSE ALL",
    "UNLISTEN *",
    "DISCARD TEMP",
    "DISCARD SEQUENCES",
    _CHECK_INTERVAL,
)
"""What a file may leave in the session, taken back; not DISCARD ALL, which would give up the lock."""

_TIMES = 2
"""How often the session takes each lock: then giving it up once tells whether it is held, and it stays held.

To look into pg_locks instead takes the server five times as long, and longer the more locks there are (18.6).
"""


@dataclass(frozen=True, slots=True)
class Settings:
    """How a run treats the database; times in seconds."""

    lock_timeout_s: float = 15.0
    carry_settings: bool = False
    """Whether a file's session settings reach the next file, as they do in golang-migrate."""
    write_history: bool = True
    """Whether to make the journal where it is absent; one that exists is written always."""
    go_start_up: bool = False
    """Whether to send the start-up settings of the Go driver that the URL's scheme stands for."""


class Database:
    """One database, open; `table` is the version table as it was read last."""

    def __init__(self, session: Session, settings: Settings, on_event: Callable[[Event], None]) -> None:
        self.session = session
        self.settings = settings
        self.on_event = on_event
        parameters = session.target.parameters
        self.place: Place = version_table.find_place(session, parameters.schema, parameters.table)
        self.ids = advisory_lock.lock_ids(self.place.schema, self.place.table, self.place.database, session.target.path)
        self.gate = gate_number(self.ids[0])
        self.stops_waiting: Callable[[], object] = lambda: False
        """Whether a wait for the lock is to end at once."""
        self.locked = False
        self.has_history = False
        self.table: VersionTable = version_table.read(session, self.place)

    @classmethod
    def open(cls, target: Target, settings: Settings, on_event: Callable[[Event], None]) -> Database:
        """Connect and look where the database is; takes no lock and changes nothing.

        Raises:
            ConnectionFailed: there is no such server, user or database, or it refuses us.
            VersionTableError: the version table cannot be read.
        """
        session = connect(target, settings)
        try:
            return cls(session, settings, on_event)
        except BaseException:
            session.close()
            raise

    @property
    def state(self) -> DatabaseState:
        """The version row as it was read last."""
        return self.table.state

    def read(self) -> VersionTable:
        """Read the version table again."""
        self.table = version_table.read(self.session, self.place)
        return self.table

    def lock(self) -> None:
        """Take the lock, then make sure of the version table and read it.

        Raises:
            LockNotAcquired: another run held it all the time.
            VersionTableError: there is no version table and it cannot be made, or it cannot be read.
        """
        self._refuse_read_only()
        if self.session.target.parameters.table_lock:
            self._lock_row()
        self._take()
        self.locked = True
        self.session.simple(_CHECK_INTERVAL)
        if not self.read().exists:
            self.make_table()
        if self.find_history() is history.Journal.ABSENT and self.settings.write_history:
            self._make_history()
        elif self.has_history and len(self.table.versions) < 2 and not self.state.dirty:
            self.session.rows(history.begin_again_sql(self.place, self.state.version))

    def find_history(self) -> history.Journal:
        """Look for the journal; one that is ours is written from now on."""
        found = history.find(self.session, self.place)
        self.has_history = found is history.Journal.OURS
        return found

    def make_table(self) -> None:
        """Make the version table.

        Raises:
            VersionTableError: the role may not.
        """
        try:
            self.session.rows(version_table.create_sql(self.place))
        except QueryFailed as failure:
            raise version_table.not_made(self.place, failure) from failure
        self.read()

    def make_table_if_free(self) -> None:
        """Make the version table unless another run holds the lock.

        Raises:
            VersionTableError: the role may not.
        """
        try:
            advisory_lock.take(self.session, self.ids, 0.0, lambda _: None)
        except LockNotAcquired:
            return
        try:
            if not self.read().exists:
                self.make_table()
        finally:
            advisory_lock.release(self.session, self.ids)

    def unlock(self) -> None:
        """Give the lock up."""
        if self.locked and not self.session.broken:
            try:
                self._give_up()
            except ConnectionLost:
                if self.session.target.parameters.table_lock:
                    raise  # its row stays; advisory locks end with the session
        self.locked = False

    def _give_up(self) -> None:
        self.session.rollback()
        self.session.on_notice = lambda _: None  # a file that gave the lock up once was told
        advisory_lock.release(self.session, self.ids * _TIMES)
        if self.session.target.parameters.table_lock:
            self._unlock_row()

    def keeps_lock(self) -> bool:
        """Whether the session still holds all it took; a file can give it up."""
        return self.session.rows("SELECT " + advisory_lock.held_sql(self.ids))[0][0] == str(len(self.ids))

    def lock_again(self, versions: tuple[tuple[int, bool], ...] | None = None) -> None:
        """Take the lock again that a file gave up; the version row must still be `versions`, or as it was read last.

        Raises:
            LockNotAcquired: another run took it meanwhile and has it still.
            VersionTableError: another run had it meanwhile and moved the version.
        """
        expected = self.table.versions if versions is None else versions
        self.on_event(Warned("a file gave up the migration lock; it is taken again"))
        for number in self.ids:
            while self.session.rows("SELECT " + advisory_lock.held_sql([number]))[0][0] != "0":
                advisory_lock.release(self.session, [number])
        self._take()
        if self.read().versions != expected:
            found = ", ".join(f"{version}{' (dirty)' if dirty else ''}" for version, dirty in self.table.versions)
            message = (
                f"a file gave up the migration lock, and another run moved the version meanwhile: {found or 'none'}"
            )
            raise VersionTableError(
                message, remedy="take out of the file what gives up advisory locks, and run the command again"
            )

    def connect_again(self) -> None:
        """Open a new session after the old one broke, wait until the server ended the old one, and read the row.

        Raises:
            ConnectionFailed: the server is out of reach.
            LockNotAcquired: the old session, or another run, still holds the lock.
        """
        lost = self.session
        lost.close()
        self.session = connect(lost.target, self.settings)
        self.session.on_notice, self.session.deadline_ms = lost.on_notice, lost.deadline_ms
        self.lock()

    def gate_sql(self, *, later: bool, gated: bool) -> str:
        """Return the statement that begins a file's transaction: it fails unless the lock is held and the gate open.

        `later` says that more commits follow: then this one need not wait for the disk.
        """
        is_open = gate_open_sql(self.gate) if gated else "1"
        kept = "".join(
            f" WHEN NOT pg_catalog.pg_advisory_unlock({n}) THEN 0 WHEN NOT pg_catalog.pg_try_advisory_lock({n}) THEN 0"
            for n in self.ids
        )
        relaxed = ", pg_catalog.set_config('synchronous_commit', 'off', true)" if later else ""
        return f"SELECT 1 / CASE{kept} ELSE {is_open} END{relaxed}"

    def row_sql(self, target: int, *, repeats: bool) -> list[str | Repeated]:
        """Return the statements that write the version row; `repeats` lets the usual one be parsed once for all."""
        written = version_table.write_sql(self.table, DatabaseState(target))
        if repeats and written == [version_table.move_sql(self.place, f"{target}, false")]:
            return [Repeated(version_table.move_sql(self.place, "$1::bigint, false"), (str(target),))]
        return [*written]

    def as_ourselves(self) -> tuple[str, str]:
        """Return the statements that make the role the session's own for the rest of a transaction."""
        role = self.place.role
        return (
            "SET LOCAL SESSION AUTHORIZATION DEFAULT",
            f"SET LOCAL ROLE {identifier(role) if role else 'NONE'}",
        )

    def _make_history(self) -> None:
        """Make the journal; a role that may not make tables runs without one."""
        version = self.table.versions[0][0] if self.table.versions else NIL
        try:
            self.session.pipeline(["BEGIN", *history.create_sql(self.place, version), "COMMIT"])
        except QueryFailed as failure:
            self.session.rollback()
            if failure.sqlstate != SqlState.INSUFFICIENT_PRIVILEGE:
                raise
            self.on_event(Warned(f"no history is kept: {failure.message}"))
            return
        self.has_history = True

    def _take(self) -> None:
        advisory_lock.take(
            self.session, self.ids * _TIMES, self.settings.lock_timeout_s,
            lambda holders: self.on_event(LockWaited(holders)), self.stops_waiting,
        )  # fmt: skip

    def _refuse_read_only(self) -> None:
        if self.session.rows("SELECT pg_catalog.pg_is_in_recovery()")[0][0] == "t":
            message = "the server is a read-only standby"
            raise VersionTableError(
                message, remedy="connect to the primary, for example with target_session_attrs=read-write"
            )

    def _lock_row(self) -> None:
        """Take golang-migrate's row lock of pgx 4 (`x-lock-strategy=table`)."""
        from whimbrel.runner.row_lock import take_row

        take_row(self.session, self.place, self.settings.lock_timeout_s)

    def _unlock_row(self) -> None:
        from whimbrel.runner.row_lock import release_row

        release_row(self.session, self.place)


def connect(target: Target, settings: Settings) -> Session:
    """Open a session as the door wants it: lib/pq's start-up settings and host, or libpq's own rules."""
    return Session.open(with_defaults(target, os.environ) if settings.go_start_up else target)
