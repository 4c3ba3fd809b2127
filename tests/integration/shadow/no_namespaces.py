"""A program: runs a command as root of a system that allows no further user namespaces, as containers do.

    python no_namespaces.py COMMAND [ARGUMENT...]

All users of the system are there under their own numbers. `/var/lib` is an empty folder in memory, so that nothing of
the test is left on the system.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from pathlib import Path

CLONE_NEWNS = 0x00020000
CLONE_NEWUSER = 0x10000000
ALL_USERS = "0 0 4294967295"


def main(command: list[str]) -> int:
    entered, mapped = os.pipe(), os.pipe()
    child = os.fork()
    if child:
        os.read(entered[0], 1)
        Path(f"/proc/{child}/uid_map").write_text(ALL_USERS)
        Path(f"/proc/{child}/gid_map").write_text(ALL_USERS)
        os.write(mapped[1], b"1")
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER | CLONE_NEWNS):
        raise OSError(ctypes.get_errno(), "unshare")
    os.write(entered[1], b"1")
    os.read(mapped[0], 1)
    subprocess.run(["/bin/mount", "-t", "tmpfs", "whimbrel", "/var/lib"], check=True)
    Path("/proc/sys/user/max_user_namespaces").write_text("0")
    return os.execvp(command[0], command)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
