"""A PostgreSQL of the project's own, in `.whimbrel/`: started when needed, left running, shared by all commands.

Nothing but the way to a server that runs already is imported here; that way needs no connection.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from whimbrel.errors import ServerError
from whimbrel.shadow.file_lock import is_held
from whimbrel.shadow.home import Home
from whimbrel.shadow.postmaster import is_alive, is_server_of, read_postmaster
from whimbrel.shadow.running import Running, Status, Stopped, describe
from whimbrel.shadow.state import read_state

if TYPE_CHECKING:
    from pathlib import Path

START_TIMEOUT_SECONDS = 60.0


class EmbeddedServer:
    """The server of the project in `folder`.

    `binaries` is a folder with `postgres` and `initdb`, or None for those that `find_binaries` finds; `port` is the
    port to listen on, or None for one that is chosen at the first start and kept while it is free.
    """

    def __init__(
        self,
        folder: Path,
        *,
        binaries: Path | None = None,
        port: int | None = None,
        timeout: float = START_TIMEOUT_SECONDS,
    ) -> None:
        self.home = Home(folder.resolve() / ".whimbrel")
        self.binaries = binaries
        self.port = port
        self.timeout = timeout

    def start(self) -> Running:
        """The running server; starts it where it does not run, and makes its data folder at the first start.

        Raises:
            ServerError: there is no PostgreSQL, it cannot start, or it runs on another port than the one asked for.
        """
        running = self._running()
        if not running:
            from whimbrel.shadow.start import start

            running = start(self.home, self.binaries, self.port, self.timeout)
        if self.port not in (None, running.port):
            message = f"cannot start PostgreSQL on port {self.port}: it runs on port {running.port} already"
            raise ServerError(
                message,
                remedy="stop it first, or use the port that it has",
            )
        return running

    def stop(self) -> Stopped:
        """Ends the server; its open transactions are rolled back.

        Raises:
            ServerError: it cannot be told to, or does not end.
        """
        from whimbrel.shadow.stop import stop

        return stop(self.home, self.timeout)

    def status(self) -> Status:
        """Whether the server runs, and where.

        Raises:
            ServerError: its files cannot be read.
        """
        from datetime import UTC, datetime

        self.home.check_owner()
        state = read_state(self.home)
        place = state.place if state else self.home.default_place
        version = state.version if state else ""
        running = is_held(place.server_lock)
        postmaster = read_postmaster(place.data) if running else None
        if not postmaster or not is_server_of(postmaster.pid, place.data):
            return Status(running, place.data, version)
        since = datetime.fromtimestamp(postmaster.since, UTC)
        return Status(running, place.data, version, postmaster.pid, postmaster.port, since)

    def _running(self) -> Running | None:
        self.home.check_owner()
        state = read_state(self.home)
        if not state or not is_held(state.place.server_lock):
            return None
        # Once more: who starts a server forgets its pid first. So a pid that is there now is that of the lock's holder.
        state = read_state(self.home)
        postmaster = read_postmaster(state.place.data) if state else None
        if not state or not postmaster or not postmaster.ready:
            return None
        if postmaster.pid != state.pid or not is_alive(postmaster.pid):
            return None
        # In another container that number may be another process's. Elsewhere than on Linux looking costs a process.
        if sys.platform == "linux" and not is_server_of(postmaster.pid, state.place.data):
            return None
        return describe(state, postmaster)
