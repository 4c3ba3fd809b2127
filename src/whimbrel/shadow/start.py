"""Starts the embedded server where it does not run: one command at a time, whoever else asks waits for it."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

from whimbrel.errors import ServerError
from whimbrel.shadow.disk_error import refusals
from whimbrel.shadow.file_lock import POLL_SECONDS, acquire, hold, is_held
from whimbrel.shadow.launch import launch, server_settings, wait_until_ready
from whimbrel.shadow.port import choose_port, is_free, port_taken
from whimbrel.shadow.postmaster import is_server_of, read_postmaster
from whimbrel.shadow.prepare import clear_remnant, prepare
from whimbrel.shadow.running import describe
from whimbrel.shadow.socket_folder import leave_socket_folder, make_socket_folder
from whimbrel.shadow.state import read_state, write_state

if TYPE_CHECKING:
    from pathlib import Path

    from whimbrel.shadow.binaries import Binaries
    from whimbrel.shadow.home import Home
    from whimbrel.shadow.postmaster import Postmaster
    from whimbrel.shadow.running import Running
    from whimbrel.shadow.state import State

LOG_BYTES = 10_000_000
"""A log that has grown beyond this is put aside at the next start, in place of the one before it."""

PORT_TRIES = 5
UNSEEN_SECONDS = 10.0
"""How long a server may hold its data without being seen: it has then just begun, or just been killed."""


def start(home: Home, named: Path | None, port: int | None, timeout: float) -> Running:
    """The server of `home`, ready; the arguments are those of `EmbeddedServer`."""
    home.make()
    with hold(home.start_lock, timeout=timeout):
        state = read_state(home)
        place = state.place if state else home.default_place
        if is_held(place.server_lock):
            running = _adopt(home, state, timeout)
            if running:
                return running
        state, binaries = prepare(home, state, named)
        return _start(home, state, binaries, port, timeout)


def _adopt(home: Home, state: State | None, timeout: float) -> Running | None:
    """Waits for a server that is starting, and notes what the command that started it could not; None if it ends."""
    if not state:
        message = f"cannot use the PostgreSQL in {home.folder}: it runs, and {home.state} with its password is gone"
        raise ServerError(
            message,
            remedy="run `whimbrel server stop`, then start it: it gets a new password",
        )
    begin = time.monotonic()
    patience = min(timeout, UNSEEN_SECONDS)
    while is_held(state.place.server_lock):
        postmaster = read_postmaster(state.place.data)
        if postmaster and is_server_of(postmaster.pid, state.place.data):
            if postmaster.ready:
                state = replace(state, pid=postmaster.pid)
                write_state(home, state)
                return describe(state, postmaster)
            patience = timeout
        if time.monotonic() > begin + patience:
            message = f"cannot use {state.place.data}: a server holds it that is not ready, or cannot be seen from here"
            raise ServerError(
                message,
                remedy=f"look at {home.log}; if the server runs in another container, use or stop it there",
            )
        time.sleep(POLL_SECONDS)
    return None


def _start(home: Home, state: State, binaries: Binaries, port: int | None, timeout: float) -> Running:
    clear_remnant(state.place.data)
    taken = 0
    for attempt in range(PORT_TRIES):
        state = replace(state, port=port or state.port or choose_port())
        try:
            postmaster = _launch(home, state, binaries, timeout)
            break
        except ServerError as error:
            # It may be the port; but the port of a server that goes on starting is its own.
            if is_held(state.place.server_lock) or is_free(state.port) or attempt == PORT_TRIES - 1:
                raise
            if port:
                raise port_taken(port) from error
            taken = taken or state.port
            state = replace(state, port=0)
    state = replace(state, pid=postmaster.pid)
    write_state(home, state)
    moved = f"port {taken} is taken by another program: the server listens on {state.port} from now on"
    return describe(state, postmaster, started=True, notices=(moved,) if taken else ())


def _launch(home: Home, state: State, binaries: Binaries, timeout: float) -> Postmaster:
    place, account = state.place, state.account
    socket_folder = make_socket_folder(place, account, state.password)
    settings = server_settings(state.port, socket_folder)
    # Without a pid, and before the lock is held: whoever finds it held must not trust an older one.
    write_state(home, state)
    with ExitStack() as files:
        lock = acquire(place.server_lock, timeout=timeout)
        files.callback(os.close, lock)
        log = _open_log(home)
        files.callback(os.close, log)
        begin = os.fstat(log).st_size
        process = launch(binaries, account, place.data, settings, log, inherit=(lock,))
    try:
        return wait_until_ready(process, place.data, home.log, begin, timeout)
    except ServerError:
        leave_socket_folder(place, socket_folder)
        raise
    finally:
        process.returncode = 0  # it outlives this process, which Popen would complain of


def _open_log(home: Home) -> int:
    with refusals("write", home.log):
        if home.log.exists() and home.log.stat().st_size > LOG_BYTES:
            home.log.replace(home.log.with_suffix(".log.old"))
        return os.open(home.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
