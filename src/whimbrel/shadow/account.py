"""As whom the server runs: PostgreSQL refuses to run as root.

Root's server runs in a user namespace of its own where root is somebody else, so that its files stay root's; where
the system refuses that (containers mostly), as an unprivileged user. Everybody else's server runs as they are.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from whimbrel.errors import ServerError

if TYPE_CHECKING:
    import pwd
    from collections.abc import Sequence
    from subprocess import Popen
    from typing import Any

NAMESPACE_PROGRAM = Path(__file__).with_name("own_namespace.py")


class AccountKind(StrEnum):
    """The three ways to run a server."""

    CALLER = "caller"
    """As the user who asks for it."""
    NAMESPACE = "namespace"
    """As root, who is an unprivileged user in a user namespace of the server's own (Linux)."""
    USER = "user"
    """As an unprivileged user, chosen by root."""


@dataclass(frozen=True, slots=True)
class Account:
    """`uid` and `gid` are those that the files of the server have, seen from outside any namespace."""

    kind: AccountKind
    uid: int
    gid: int

    @staticmethod
    def parse(text: str) -> Account:
        """The account that `str` gave `text` for; raises ValueError for any other text."""
        kind, uid, gid = text.split(":")
        return Account(AccountKind(kind), int(uid), int(gid))

    def __str__(self) -> str:
        return f"{self.kind}:{self.uid}:{self.gid}"

    def popen(self, command: Sequence[str], **arguments: Any) -> Popen[bytes]:
        """Starts `command` as this account, in `/`, with no more of the environment than it needs.

        Raises:
            ServerError: the program cannot be run, or root may not become that user.
        """
        import subprocess

        command = tuple(command)
        if self.kind is AccountKind.NAMESPACE:
            command = (*_namespace_command(), *command)
        if self.kind is AccountKind.USER:
            arguments |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        try:
            return subprocess.Popen(command, cwd="/", env=_environment(), **arguments)
        except OSError as error:
            message = f"cannot run {command[0]} as user {self.uid}: {error.strerror or error}"
            raise ServerError(
                message,
                remedy="run the command as a user other than root, or set DATABASE_URL to a server elsewhere"
                if self.kind is AccountKind.USER
                else "",
            ) from error


def choose_account() -> Account:
    """The account for a server of the calling user.

    Raises:
        ServerError: the caller is root, namespaces are refused, and there is no other user.
    """
    if os.geteuid() != 0:
        return Account(AccountKind.CALLER, os.geteuid(), os.getegid())
    if sys.platform == "linux" and _namespace_allowed():
        return Account(AccountKind.NAMESPACE, 0, 0)
    user = unprivileged_user()
    return Account(AccountKind.USER, user.pw_uid, user.pw_gid)


def unprivileged_user() -> pwd.struct_passwd:
    """`postgres`, else `nobody`, else the first user of the system that is not root.

    PostgreSQL asks the system for the name of the user that it runs as, and gives up if there is none (13 to 18).

    Raises:
        ServerError: there is only root.
    """
    import pwd

    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    for user in pwd.getpwall():
        if user.pw_uid != 0:
            return user
    message = "cannot run PostgreSQL as root, and this system has no other user"
    raise ServerError(
        message,
        remedy="add a user, or set DATABASE_URL to a server elsewhere",
    )


def _namespace_command() -> tuple[str, ...]:
    user = unprivileged_user()
    return (sys.executable, "-I", "-S", str(NAMESPACE_PROGRAM), str(user.pw_uid), str(user.pw_gid))


def _namespace_allowed() -> bool:
    import subprocess

    return subprocess.run(_namespace_command(), capture_output=True, check=False).returncode == 0


def _environment() -> dict[str, str]:
    # Secrets of the caller's environment must not live on in the server's; PG* variables would change what it does.
    # macOS: a server without LC_ALL may become multi-threaded while it starts, which PostgreSQL refuses.
    kept = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH")
    return {name: os.environ[name] for name in kept if name in os.environ} | {"LC_ALL": "C", "TZ": "UTC"}
