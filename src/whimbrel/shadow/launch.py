"""Starts the `postgres` program itself, and waits until it takes connections.

`pg_ctl` would do so too, but sleeps in steps of 100 ms; a server is ready after about 20.
"""

from __future__ import annotations

import os
import subprocess
import time
from typing import TYPE_CHECKING

from whimbrel.errors import ServerError
from whimbrel.shadow.log_tail import reason
from whimbrel.shadow.postmaster import Postmaster, read_postmaster

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from whimbrel.shadow.account import Account
    from whimbrel.shadow.binaries import Binaries

POLL_SECONDS = 0.001
ROOM_BYTES = 1 << 16
"""A disk with less room than this is full."""


def server_settings(port: int, socket_folder: Path) -> dict[str, str]:
    """The settings that make a server private to this user and machine."""
    quoted = str(socket_folder).replace('"', '""')
    return {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": f'"{quoted}"',
        "unix_socket_permissions": "0700",
    }


def launch(
    binaries: Binaries,
    account: Account,
    data: Path,
    settings: Mapping[str, str],
    log: int,
    *,
    inherit: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Starts the server of `data`, in a session of its own, writing to the open file `log`; does not wait for it.

    The server keeps the open files `inherit` for as long as one of its processes lives.

    Raises:
        ServerError: the program cannot be run.
    """
    command = [str(binaries.folder / "postgres"), "-D", str(data)]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    return account.popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,
        pass_fds=inherit,
    )


def wait_until_ready(process: subprocess.Popen[bytes], data: Path, log: Path, begin: int, timeout: float) -> Postmaster:
    """What the started server says of itself once it takes connections; `begin` is where its part of the log begins.

    Raises:
        ServerError: it ended, or was not ready within `timeout` seconds, and then goes on starting.
    """
    deadline = time.monotonic() + timeout
    while process.poll() is None:
        postmaster = read_postmaster(data)
        if postmaster and postmaster.ready and postmaster.pid == process.pid:
            return postmaster
        if time.monotonic() > deadline:
            message = (
                f"PostgreSQL in {data} is not ready after {timeout:g} s, and goes on starting: {_said(log, begin)}"
            )
            raise ServerError(
                message,
                remedy=f"wait for it; its log is {log}",
            )
        time.sleep(POLL_SECONDS)
    message = f"cannot start PostgreSQL in {data}: {_said(log, begin) or _silent_reason(process, data)}"
    raise ServerError(
        message,
        remedy=f"repair what it complains of; its log is {log}",
    )


def _said(log: Path, begin: int) -> str:
    try:
        with log.open("rb") as file:
            file.seek(begin)
            return reason(file.read().decode(errors="replace"))
    except OSError:
        return ""


def _silent_reason(process: subprocess.Popen[bytes], data: Path) -> str:
    # On a full disk it cannot even write why.
    disk = os.statvfs(data)
    if disk.f_bavail * disk.f_frsize < ROOM_BYTES:
        return "no space left on device"
    return f"it ended with code {process.returncode} and said nothing"
