"""How does a run stop between two files when it is asked to? And at once when it is asked twice?"""

from __future__ import annotations

import signal
import threading
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING

from whimbrel.errors import WhimbrelError
from whimbrel.postgres.connection import Session

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOOK_S = 0.005
_PAUSE_S = 0.003
_GATE = zlib.crc32(b"whimbrel gate") & 0x7FFFFFFF


class Stop:
    """Asked from outside: the first time ends the run after the running file, the second cancels that too."""

    def __init__(self) -> None:
        self.asked = 0
        self._session: Session | None = None
        self._watched = threading.RLock()  # a handler may interrupt its own thread

    def ask(self) -> None:
        """Stop after the running file; asked again, cancel its running statement.

        Safe in any thread and in a signal handler.
        """
        with self._watched:  # until the server has been told: what runs after the watch is not cancelled
            self.asked += 1
            if self.asked > 1 and self._session is not None:
                self._session.cancel()

    @contextmanager
    def watching(self, session: Session, gate: int | None = None) -> Iterator[None]:
        """While files are on their way, know whom to cancel; with `gate`, shut the gate when asked to stop.

        Several files may be on their way at once. Each but the first looks at the gate before it does anything, so the
        one that runs when the gate is shut is the last. Where no second connection can be had, all that are on their
        way are run.
        """
        self._session = session
        if gate is None:
            try:
                yield
            finally:
                self._unwatch()
            return
        over = threading.Event()
        keeper = threading.Thread(target=self._keep_gate, args=(session, gate, over), daemon=True)
        keeper.start()
        try:
            yield
        finally:
            self._unwatch()
            over.set()
            keeper.join()

    def _unwatch(self) -> None:
        with self._watched:
            self._session = None

    def _keep_gate(self, session: Session, gate: int, over: threading.Event) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())  # they must interrupt the main thread's wait
        while not self.asked:  # looked at, not waited for: a signal handler must not touch a lock
            if over.wait(_LOOK_S):
                return
        try:
            keeper = Session.open(session.target, connect_timeout="5")
        except WhimbrelError:
            return
        try:
            shut = f"SELECT pg_catalog.pg_try_advisory_lock({_GATE}, {gate})"
            while not over.is_set() and keeper.rows(shut)[0][0] != "t":
                over.wait(_PAUSE_S)
            over.wait()
        except WhimbrelError:
            return
        finally:
            keeper.close()


def gate_number(lock: int) -> int:
    """Return the gate that belongs to an advisory lock, as the signed 32-bit number that PostgreSQL wants."""
    return lock - 2**32 if lock >= 2**31 else lock


def gate_open_sql(gate: int) -> str:
    """Return an expression that is 1 while the gate is open and 0 when it is shut; it holds nothing afterwards."""
    return (
        f"CASE WHEN pg_catalog.pg_try_advisory_lock_shared({_GATE}, {gate})"
        f" THEN pg_catalog.pg_advisory_unlock_shared({_GATE}, {gate})::int ELSE 0 END"
    )
