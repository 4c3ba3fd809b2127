"""What a running server says of itself: `postmaster.pid`, and whether its process is really there.

The file's eight lines are those of `utils/pidfile.h`, the same in PostgreSQL 10 to 18.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Postmaster:
    """`since` is in seconds since 1970; `ready` means that it takes connections."""

    pid: int
    since: int = 0
    port: int = 0
    socket_folder: str = ""
    ready: bool = False


def parse_postmaster(text: str) -> Postmaster | None:
    """The facts in a `postmaster.pid`, which grows line by line while the server starts; None while it is empty."""
    lines = [line.strip() for line in text.splitlines()]
    if not lines or not lines[0].lstrip("-").isdigit():
        return None
    pid = abs(int(lines[0]))  # negative for a server in single-user mode
    if len(lines) < 8:
        return Postmaster(pid)
    return Postmaster(pid, int(lines[2]), int(lines[3]), lines[4], lines[7] == "ready")


def read_postmaster(data: Path) -> Postmaster | None:
    """The facts in the `postmaster.pid` of the folder `data`; None where there is none that can be read."""
    try:
        return parse_postmaster(os.fsdecode((data / "postmaster.pid").read_bytes()))
    except OSError:
        return None


def is_taken(pid: int) -> bool:
    """Whether any process has that number, be it one that has ended and only waits to be reaped."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def is_alive(pid: int) -> bool:
    """Whether a process of that number is at work, whoever's; where there is no /proc, whether it is taken."""
    if not is_taken(pid):
        return False
    try:
        facts = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return True
    return facts.rpartition(b")")[2].split()[0] != b"Z"


def is_server_of(pid: int, data: Path) -> bool:
    """Whether process `pid` is the server of the folder `data`, and no other that got the number of a dead one.

    A server works in its data folder. Where the system does not show that (not Linux, or a process of another user
    without CAP_SYS_PTRACE, as in a container), its command line must name the folder.
    """
    if not is_alive(pid):
        return False
    try:
        return Path(f"/proc/{pid}/cwd").samefile(data)
    except OSError:
        return os.fsencode(data) in command_line(pid)


def command_line(pid: int) -> bytes:
    """The words of the command of process `pid`, however separated; empty where it has none."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        import subprocess

        return subprocess.run(["/bin/ps", "-o", "args=", "-p", str(pid)], capture_output=True, check=False).stdout
