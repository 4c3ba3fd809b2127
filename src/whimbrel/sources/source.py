"""What is a source of migrations? Names, and the bytes behind each name."""

from __future__ import annotations

import errno
import os
from typing import Protocol

_NUMBERS = {
    FileNotFoundError: errno.ENOENT,
    NotADirectoryError: errno.ENOTDIR,
    IsADirectoryError: errno.EISDIR,
    PermissionError: errno.EACCES,
}


class Source(Protocol):
    """A folder of migration files, wherever it is. Sub-folders are no part of it."""

    @property
    def url(self) -> str:
        """Where it is, as golang-migrate's error texts show it; without a password."""

    def names(self) -> tuple[str, ...]:
        """Return the base names of all files, migrations or not, in order.

        Raises:
            SourceMissing: there is no such folder, or it cannot be listed.
        """

    def read(self, name: str) -> bytes:
        """Return the whole file, byte for byte.

        Raises:
            UnreadableFile: it cannot be opened or read.
        """


def system_reason(error: OSError) -> str:
    """Return why the system refused, in its own words and in lower case as Go has them: `no such file or directory`.

    Libraries raise the system's errors without the system's number; the class says as much.
    """
    number = error.errno or _NUMBERS.get(type(error))
    return os.strerror(number).lower() if number else str(error) or type(error).__name__
