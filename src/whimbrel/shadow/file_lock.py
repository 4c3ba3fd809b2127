"""One holder at a time: `flock` on a file, with a deadline.

The lock belongs to the open file, not to the process: it passes to a child that inherits the file, and ends when the
last process that has it open ends, however that ends. So it tells the living from the dead across pid namespaces.
"""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from whimbrel.errors import ServerError
from whimbrel.shadow.disk_error import refusals

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

POLL_SECONDS = 0.002


def is_held(path: Path) -> bool:
    """Whether some process holds the lock `path` for itself; False where there is no such file.

    Raises:
        ServerError: the file cannot be opened or locked.
    """
    with refusals("look at the lock", path):
        try:
            file = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(file)
        return False


def acquire(path: Path, *, timeout: float) -> int:
    """The open file of the lock `path`, held until every copy of that file descriptor is closed.

    Raises:
        ServerError: another process held it for all of `timeout` seconds, or the file cannot be opened or locked.
    """
    deadline = time.monotonic() + timeout
    with refusals("lock", path):
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            while not _try(file):
                if time.monotonic() > deadline:
                    raise _given_up(path, timeout, os.read(file, 32))
                time.sleep(POLL_SECONDS)
            os.ftruncate(file, 0)
            os.write(file, str(os.getpid()).encode())
        except BaseException:
            os.close(file)
            raise
    return file


@contextmanager
def hold(path: Path, *, timeout: float) -> Iterator[None]:
    """Holds the lock `path` for the body; raises as `acquire` does."""
    file = acquire(path, timeout=timeout)
    try:
        yield
    finally:
        os.close(file)


def _try(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _given_up(path: Path, timeout: float, holder: bytes) -> ServerError:
    who = f"process {holder.decode()}" if holder.isdigit() else "another process"
    message = f"cannot lock {path} within {timeout:g} s: {who} holds it"
    return ServerError(message, remedy="wait until the other command has ended, or end it")
