"""Which file of the embedded server lies where, and who may touch it.

`.whimbrel/` in the project's folder holds what the commands need; `Place` holds what the server needs. The two are
one folder, except where the server's user may not enter the project (see `place.py`).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from whimbrel.errors import ServerError
from whimbrel.shadow.disk_error import refusals

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Place:
    """A folder that the server's user may enter."""

    folder: Path

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.folder / "postgres"

    @property
    def server_lock(self) -> Path:
        """Held by the server itself for as long as one of its processes lives."""
        return self.folder / "server.lock"

    @property
    def socket_folder(self) -> Path:
        """Where the Unix socket is, if that path is short enough for one."""
        return self.folder / "run"


@dataclass(frozen=True, slots=True)
class Home:
    """`.whimbrel/`, the folder of one project's server."""

    folder: Path

    @property
    def state(self) -> Path:
        """Password, port and the like; see `state.py`."""
        return self.folder / "server.state"

    @property
    def start_lock(self) -> Path:
        """Held by the one command that starts or stops the server."""
        return self.folder / "start.lock"

    @property
    def default_place(self) -> Place:
        """Where the server works unless its user may not enter the project."""
        return Place(self.folder)

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.folder / "postgres.log"

    def make(self) -> None:
        """Makes the folder, private to this user and unseen by git; does nothing where it is there.

        Raises:
            ServerError: it cannot be made, or belongs to another user.
        """
        with refusals("make", self.folder):
            self.folder.mkdir(mode=0o700, exist_ok=True)
            ignore = self.folder / ".gitignore"
            if not ignore.exists():
                ignore.write_text("*\n")
        self.check_owner()

    def check_owner(self) -> None:
        """Passes where the folder is this user's, or is not there.

        Raises:
            ServerError: it is another user's; one server cannot serve two users' files.
        """
        try:
            owner = self.folder.stat().st_uid
        except FileNotFoundError:
            return
        if owner != os.geteuid():
            message = f"{self.folder} belongs to {_name_of(owner)}, and this is {_name_of(os.geteuid())}"
            raise ServerError(
                message,
                remedy=f"run the command as {_name_of(owner)}, or set DATABASE_URL to a server of your own",
            )


def _name_of(uid: int) -> str:
    import pwd

    try:
        return f"user {pwd.getpwuid(uid).pw_name}"
    except KeyError:
        return f"user {uid}"
