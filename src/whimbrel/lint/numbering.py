"""How are a directory's migrations numbered?"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from whimbrel.lint.file import File

LARGEST_IN_SEQUENCE: Final = 999_999
_UNIX_TIMES: Final = range(946_684_800, 4_102_444_800)
"""The years 2000 to 2099."""


class Numbering(StrEnum):
    """What a number is."""

    SEQUENCE = "a number in sequence"
    UNIX_TIME = "seconds since 1970"
    DATE = "a date and time"


def numbering(version: int) -> Numbering:
    """Tell from its size what a number is: what is too large for a sequence is a time."""
    if version <= LARGEST_IN_SEQUENCE:
        return Numbering.SEQUENCE
    return Numbering.UNIX_TIME if version in _UNIX_TIMES and not _is_date(version) else Numbering.DATE


def _is_date(version: int) -> bool:
    digits = str(version)
    return digits[:2] in ("19", "20") and "01" <= digits[4:6] <= "12" and "01" <= digits[6:8] <= "31"


def digits(file: File) -> str:
    """Return a migration's number as its name has it."""
    return file.name.partition("_")[0]


def migrations(files: list[File]) -> list[tuple[int, File]]:
    """Return the files that are migrations, with their numbers."""
    return [(file.version, file) for file in files if file.version is not None]
