"""Which numbers do new files get that run directly behind a migration?"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from whimbrel.migration.version import MAX

if TYPE_CHECKING:
    from collections.abc import Sequence

    from whimbrel.lint.file import File

_TIMESTAMP: Final = "%Y%m%d%H%M%S"
_TIMESTAMP_DIGITS: Final = 14


def numbers_behind(file: File, files: Sequence[File], count: int) -> tuple[list[str], str]:
    """Return `count` numbers, and why the files cannot be made there, empty where they can.

    Files that were added for the same migration stay before them. Without room the numbers follow the highest.
    """
    written = file.name.partition("_")[0]
    taken = {other.version: other for other in reversed(files) if other.version is not None}
    version = file.version or 0
    while (after := taken.get(_next(version, len(written)))) is not None and after.added:
        version = after.version or version
    found: list[int] = []
    for _ in range(count):
        version = _next(version, len(written))
        found.append(version)
    own = file.version or 0
    later = min((one for one in taken if one > own and not taken[one].added), default=None)
    reason = ""
    if not file.fixable:
        reason = f"{file.name} is not new"
    elif old := next((one for one in files if (one.version or 0) > own and not (one.fixable or one.added)), None):
        reason = f"{old.name} comes later and is not new"
    elif later is not None and found and found[-1] >= later:
        reason = f"{taken[later].name} leaves no number free behind {file.name}"
    if later is not None and found and found[-1] >= later:
        version = max(taken)
        found = []
        for _ in range(count):
            version = _next(version, len(written))
            found.append(version)
    padded = any(other.name.startswith("0") for other in files)
    texts = [f"{number:0{len(written)}d}" for number in found]
    if padded and any(len(text) > len(written) for text in texts):
        reason = reason or f"no number of {len(written)} digits is left"
    if version > MAX:
        reason = reason or f"no number behind {max(taken)} is left"
    return texts, reason


def _next(version: int, digits: int) -> int:
    """Return the number behind another: a second later where it is a time."""
    if digits == _TIMESTAMP_DIGITS:
        try:
            later = datetime.strptime(f"{version:014d}", _TIMESTAMP) + timedelta(seconds=1)  # noqa: DTZ007 - UTC or not
        except (ValueError, OverflowError):  # no time, or the last second of the year 9999
            return version + 1
        return int(later.strftime(_TIMESTAMP))
    return version + 1
