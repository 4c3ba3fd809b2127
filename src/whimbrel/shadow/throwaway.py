"""A PostgreSQL for tests: ready in a fraction of a second, in memory where there is room, gone with its process."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from whimbrel.errors import ServerError
from whimbrel.shadow.account import AccountKind, choose_account
from whimbrel.shadow.binaries import find_binaries
from whimbrel.shadow.cluster_cache import cached_cluster
from whimbrel.shadow.disk_error import refusals
from whimbrel.shadow.embedded import START_TIMEOUT_SECONDS
from whimbrel.shadow.home import Place
from whimbrel.shadow.launch import launch, server_settings, wait_until_ready
from whimbrel.shadow.place import may_enter, reachable_binaries
from whimbrel.shadow.port import choose_port, is_free
from whimbrel.shadow.running import Running, describe
from whimbrel.shadow.socket_folder import make_socket_folder
from whimbrel.shadow.state import State
from whimbrel.shadow.watchdog import Watchdog

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from whimbrel.shadow.account import Account
    from whimbrel.shadow.binaries import Binaries

MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of a name of its own is made in it
ROOM_BYTES = 1 << 29
"""Memory with less room than this may fill up under a test; containers often have 64 MB."""

SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",  # it would hold locks at moments of its own
    "max_connections": "300",
    "max_prepared_transactions": "20",
}
PORT_TRIES = 5
END_SECONDS = 10


@contextmanager
def throwaway_server(
    *, binaries: Path | None = None, settings: Mapping[str, str] | None = None, timeout: float = START_TIMEOUT_SECONDS
) -> Iterator[Running]:
    """A fresh server for the body: a password, TCP and a socket as users have them, but nothing outlives it.

    `binaries` is as for `EmbeddedServer`; `settings` go before those of `SETTINGS`.

    Raises:
        ServerError: there is no PostgreSQL, or it cannot start within `timeout` seconds.
    """
    account = choose_account()
    programs = reachable_binaries(find_binaries(binaries), account)
    with ExitStack() as undo:
        place = Place(_folder(account))
        watchdog = Watchdog(place.folder)
        undo.callback(watchdog.dismiss)
        undo.callback(shutil.rmtree, place.folder, ignore_errors=True)
        state = State(cached_cluster(place.data, programs, account), place, account, version=programs.version)
        for attempt in range(PORT_TRIES):
            port = choose_port()
            process = _launch(state, programs, {**SETTINGS, **(settings or {})}, port)
            undo.callback(_end, process)
            watchdog.watch(process.pid)
            try:
                postmaster = wait_until_ready(process, place.data, _log(place), 0, timeout)
                break
            except ServerError:
                # Somebody may have taken the port between our look and PostgreSQL's.
                if is_free(port) or attempt == PORT_TRIES - 1:
                    raise
        yield describe(state, postmaster, started=True)


def _launch(state: State, programs: Binaries, settings: Mapping[str, str], port: int) -> subprocess.Popen[bytes]:
    place, account = state.place, state.account
    private = server_settings(port, make_socket_folder(place, account, state.password))
    with refusals("write in", place.folder), _log(place).open("wb") as log:
        return launch(programs, account, place.data, {**settings, **private}, log.fileno())


def _log(place: Place) -> Path:
    return place.folder / "postgres.log"


def _folder(account: Account) -> Path:
    usual = Path(tempfile.gettempdir())
    parents = (MEMORY, usual, Path("/tmp")) if _memory_has_room() else (usual, Path("/tmp"))  # noqa: S108 - as above
    parent = next((parent for parent in parents if may_enter(parent, account)), usual)
    with refusals("make a folder in", parent):
        folder = Path(tempfile.mkdtemp(prefix="whimbrel-", dir=parent))
        if account.kind is AccountKind.USER:
            folder.chmod(0o711)
    return folder


def _memory_has_room() -> bool:
    if not os.access(MEMORY, os.W_OK):
        return False
    disk = os.statvfs(MEMORY)
    return disk.f_bavail * disk.f_frsize > ROOM_BYTES


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGQUIT)  # its data is thrown away: nothing needs to be written
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
