"""The folder of the server's Unix socket: private, and short enough for one."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from whimbrel.errors import ServerError
from whimbrel.shadow.disk_error import refusals
from whimbrel.shadow.place import own_folder

if TYPE_CHECKING:
    from whimbrel.shadow.account import Account
    from whimbrel.shadow.home import Place

MOST_BYTES = 103 - len("/.s.PGSQL.65535")
"""A socket's path has room for 104 bytes on macOS and 108 on Linux, the closing zero among them."""


def make_socket_folder(place: Place, account: Account, secret: str) -> Path:
    """The place's own folder, or one under the system's temporary folder where that path is too long.

    The latter's name holds a digest of the place and of `secret`, so nobody else can tell it beforehand.

    Raises:
        ServerError: it cannot be made, or somebody else made it.
    """
    folder = place.socket_folder
    if not _usable(folder):
        import hashlib
        import tempfile

        digest = hashlib.sha256(os.fsencode(place.folder) + secret.encode()).hexdigest()
        folder = Path(tempfile.gettempdir()) / f"whimbrel-{digest[:20]}"
        if not _usable(folder):
            folder = Path("/tmp") / folder.name  # noqa: S108 - owner and mode are checked
        _check_ours(folder, account)
    own_folder(folder, account)
    # A dead server's files: PostgreSQL would heed them if another process has got its number.
    with refusals("clear", folder):
        for remnant in folder.glob(".s.PGSQL.*"):
            remnant.unlink()
    return folder


def leave_socket_folder(place: Place, folder: Path) -> None:
    """Removes the folder of a server that has ended, where it is under the system's temporary folder."""
    if folder != place.socket_folder:
        with suppress(OSError):
            folder.rmdir()  # not empty after a server that was killed; the next start uses it again


def _usable(folder: Path) -> bool:
    # libpq takes a comma in a host for the end of it
    path = os.fsencode(folder)
    return len(path) <= MOST_BYTES and b"," not in path


def _check_ours(folder: Path, account: Account) -> None:
    try:
        found = folder.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (os.geteuid(), account.uid):
        message = f"cannot use {folder} for the socket: somebody else made it"
        raise ServerError(message, remedy=f"remove {folder}")
