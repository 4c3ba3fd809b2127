"""What is said when Whimbrel itself is wrong? Where to report it, and what happened, without secrets."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from whimbrel.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable

_LACKING = frozenset([errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM])
"""What the machine lacks, not we: room on the disk that output goes to, first of all."""
_WHERE = "https://github.com/whimbrel-db/whimbrel/issues"


def reported(run: Callable[[], int]) -> int:
    """Run a door; a fault of ours becomes a short report instead of a traceback over the user's terminal."""
    try:
        code = run()
        sys.stdout.flush()
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        _say_no_more()
        return ExitCode.FAILED
    except Exception as error:  # noqa: BLE001 - the last door: whatever comes out here is a bug of ours
        if isinstance(error, OSError) and error.errno in _LACKING:
            with suppress(OSError):
                sys.stderr.write(f"error: {os.strerror(error.errno).lower()}\n")
            _say_no_more()
            return ExitCode.FAILED
        if isinstance(error, FileNotFoundError) and _is_nowhere():
            sys.stderr.write("error: the current directory is gone\n  help: change to one that exists\n")
            return ExitCode.MISUSE
        import traceback

        where = traceback.extract_tb(error.__traceback__)[-1]
        version = ".".join(map(str, sys.version_info[:3]))
        sys.stderr.write(
            f"error: this is a bug in Whimbrel: {type(error).__name__} in {where.name}, line {where.lineno} of"
            f" {where.filename.rpartition('whimbrel')[2].lstrip('/')} (Python {version})\n"
            f"       please report it with these lines at {_WHERE}\n"
        )
        return ExitCode.BUG
    return code


def _is_nowhere() -> bool:
    """Say whether the directory that we were started in has been removed."""
    try:
        os.getcwd()  # noqa: PTH109 - it alone says so
    except FileNotFoundError:
        return True
    return False


def _say_no_more() -> None:
    """Let what is still to be printed go nowhere: Python flushes at its end, and would end with 120."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(nowhere, stream.fileno())
