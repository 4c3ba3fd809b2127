"""Stops the embedded server, and waits until the last of its processes has ended."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from whimbrel.errors import ServerError
from whimbrel.shadow.file_lock import POLL_SECONDS, hold, is_held
from whimbrel.shadow.postmaster import is_server_of, read_postmaster
from whimbrel.shadow.running import Stopped
from whimbrel.shadow.socket_folder import leave_socket_folder
from whimbrel.shadow.state import read_state

if TYPE_CHECKING:
    from whimbrel.shadow.home import Home, Place

FAST_SECONDS = 10.0
"""How long a fast shutdown (SIGINT: roll back, write everything) may take before an immediate one (SIGQUIT)."""

IMMEDIATE_SECONDS = 10.0
"""PostgreSQL itself kills what does not heed SIGQUIT after 5 seconds (13 to 18)."""


def stop(home: Home, timeout: float, *, fast_seconds: float = FAST_SECONDS) -> Stopped:
    """Ends the server of `home`, waiting `timeout` seconds for a command that is starting it; see `EmbeddedServer`."""
    home.check_owner()
    if not home.folder.exists():
        return Stopped(was_running=False)
    with hold(home.start_lock, timeout=timeout):
        state = read_state(home)
        place = state.place if state else home.default_place
        if not is_held(place.server_lock):
            return Stopped(was_running=False)
        if _end(place, signal.SIGINT, fast_seconds):
            return Stopped(was_running=True)
        if _end(place, signal.SIGQUIT, IMMEDIATE_SECONDS):
            slow = f"the server did not end within {fast_seconds:g} s and was cut short; its next start recovers"
            return Stopped(was_running=True, notices=(slow,))
    message = f"cannot stop the PostgreSQL in {place.data}: its process cannot be seen from here, or does not end"
    raise ServerError(
        message,
        remedy=f"stop it from where it was started; `fuser {place.server_lock}` shows the processes that hold it",
    )


def _end(place: Place, number: signal.Signals, seconds: float) -> bool:
    """Sends the signal once the server can be seen; whether it has ended within `seconds`."""
    deadline = time.monotonic() + seconds
    told = 0
    socket_folder = place.socket_folder
    while is_held(place.server_lock):
        postmaster = read_postmaster(place.data)
        if postmaster and postmaster.pid != told and is_server_of(postmaster.pid, place.data):
            told = postmaster.pid
            socket_folder = Path(postmaster.socket_folder or socket_folder)
            _signal(told, number)
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    _reap(told)
    leave_socket_folder(place, socket_folder)
    return True


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
    except PermissionError as error:
        message = f"cannot stop the PostgreSQL process {pid}: it belongs to another user"
        raise ServerError(
            message,
            remedy="stop it as the user who started it",
        ) from error


def _reap(pid: int) -> None:
    # Where it was this very process that started it; the number of any other makes waitpid refuse.
    if pid:
        with suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
