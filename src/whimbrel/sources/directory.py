"""Which files are in a local directory, and what is in them?"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from whimbrel.errors import SourceMissing, UnreadableFile
from whimbrel.sources.source import system_reason

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class DirectorySource:
    """The files of the directory `path`. Links to files are followed; `url` is what the user called it."""

    path: Path
    url: str

    def names(self) -> tuple[str, ...]:
        """Return the names of all entries that are no directories.

        A link is an entry even when it leads nowhere or to a directory: reading it then says so, where leaving it out
        would skip a migration without a word.

        Raises:
            SourceMissing: there is no such directory, or it cannot be listed.
        """
        try:
            with os.scandir(self.path) as entries:
                return tuple(sorted(entry.name for entry in entries if not entry.is_dir(follow_symlinks=False)))
        except OSError as error:
            raise SourceMissing(str(self.path), system_reason(error), remedy=_remedy(error)) from error
        except ValueError as error:  # a NUL character in the path
            raise SourceMissing(str(self.path), "invalid argument") from error

    def read(self, name: str) -> bytes:
        """Return the bytes of the file.

        Raises:
            UnreadableFile: it cannot be opened or read.
        """
        try:
            return (self.path / name).read_bytes()
        except OSError as error:
            raise UnreadableFile(name, system_reason(error)) from error


def _remedy(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "name the directory that holds the migrations, or make it"
    if isinstance(error, NotADirectoryError):
        return "name the directory that holds the migrations, not a file"
    return "make the directory readable for the user that runs this"
