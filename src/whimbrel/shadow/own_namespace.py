"""A program: enters a user namespace of its own, where root is user UID and group GID, and becomes PROGRAM.

    python -I -S own_namespace.py UID GID [PROGRAM ARGUMENT...]

Without a program it only tries, and exits with 0 where the system allows it. A process of its own, because a process
with several threads cannot enter a user namespace (EINVAL), and forking one is not safe.
"""

from __future__ import annotations

import os
import sys

CLONE_NEWUSER = 0x10000000
REFUSED = 71
"""Exit code: the system allows no user namespace here (EX_OSERR)."""


def enter(uid: int, gid: int) -> None:
    """Makes this process user `uid` and group `gid` of a new user namespace; outside it stays who it was.

    Each map is one line that names the writer's own id, the only one that user_namespaces(7) allows to a process
    that left its capabilities behind. Linux 5.12 and later ask for CAP_SETFCAP of who maps id 0.

    Raises:
        OSError: the system refuses.
    """
    outer_uid, outer_gid = os.geteuid(), os.getegid()
    _unshare()
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {outer_uid} 1"), ("gid_map", f"{gid} {outer_gid} 1")):
        with open(f"/proc/self/{name}", "w") as file:  # noqa: PTH123 - pathlib would cost a third of the start
            file.write(text)


def _unshare() -> None:
    if sys.version_info >= (3, 12):
        os.unshare(CLONE_NEWUSER)
        return
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def main(arguments: list[str]) -> None:
    """Never returns: becomes the program, or exits."""
    uid, gid, *command = arguments
    try:
        enter(int(uid), int(gid))
    except OSError as error:
        sys.exit(f"FATAL:  cannot enter a user namespace: {error.strerror}" if command else REFUSED)
    if not command:
        sys.exit(0)
    try:
        os.execv(command[0], command)  # noqa: S606 - a list, no shell
    except OSError as error:
        sys.exit(f"FATAL:  cannot run {command[0]}: {error.strerror}")


if __name__ == "__main__":
    main(sys.argv[1:])
