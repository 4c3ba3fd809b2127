"""How is a pair of new migration files made? The next number, and two empty files that were not there before.

The error texts are golang-migrate's (v4.19.1), letter by letter. Two of its faults are left out: the directory's name
is no pattern, and the next number follows the highest one, not the one that is last in the alphabet, so that it cannot
meet `10_` behind `9_`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from whimbrel.errors import CreateError
from whimbrel.migration.filename import FileName, parse
from whimbrel.migration.version import MAX, parse_number
from whimbrel.sources.go_quote import go_quote
from whimbrel.sources.source import system_reason

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

_DIGITS = 6
_TIMESTAMP = 14
"""Digits of YYYYMMDDhhmmss."""
_UNIX_SECONDS = 10
"""Digits of a Unix time from 2001 to 2286; golang-migrate's `create` made these until 2018."""


def create_pair(directory: str, version: str, title: str, extension: str) -> tuple[str, str]:
    """Make `VERSION_TITLE.up.EXTENSION` and its `.down.` twin, empty, and return their absolute paths.

    The directory is made where it is missing. Nothing is ever overwritten; of two files, the first stays if the second
    cannot be made.

    Raises:
        CreateError: the version is taken, or a directory or a file cannot be made.
    """
    directory = os.path.normpath(directory)
    suffix = _suffix(extension)
    if any(_has_version(name, version) for name in _names(directory, suffix)):
        message = f"duplicate migration version: {version}"
        raise CreateError(message, remedy="give the new files another version")
    _make_directory(directory)
    created: tuple[str, ...] = ()
    for direction in ("up", "down"):
        path = os.path.normpath(Path(directory, f"{version}_{title}.{direction}{suffix}"))
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666))
        except OSError as error:
            message = f"open {path}: {system_reason(error)}"
            raise CreateError(message, created=created) from error
        created += (os.path.normpath(Path(path).absolute()),)
    return created[0], created[1]


def next_sequence(directory: str, extension: str, digits: int) -> str:
    """Return the number for the next file of a directory, padded with zeros to `digits`.

    Raises:
        CreateError: there is none; see `sequence_after`. Or the directory cannot be listed.
    """
    directory = os.path.normpath(directory)
    names = _names(directory, _suffix(extension))
    return sequence_after([os.path.normpath(Path(directory, name)) for name in names], digits)


def sequence_after(paths: Sequence[str], digits: int) -> str:
    """Return the number that follows the highest of `paths`, which are in byte order; the first one is 1.

    Raises:
        CreateError: `digits` is not positive, the number needs more of them, or the last path has no number.
    """
    if digits <= 0:
        message = "Digits must be positive"
        raise CreateError(message)
    if paths:
        _check_last(paths[-1])
    number = 1 + max((n for path in paths if (n := _number(path)) is not None), default=0)
    version = f"{number:0{digits}d}"
    if len(version) > digits or number > MAX:
        message = f"Next sequence number {version} too large. At most {digits} digits are allowed"
        raise CreateError(message)
    return version


def next_version(directory: str, now: datetime) -> str:
    """Return a version above all that the directory holds, in the style of the highest.

    Timestamps in UTC go on as timestamps, Unix seconds as these, numbers as numbers of the same width; an empty
    directory begins with 000001.

    Raises:
        CreateError: the directory cannot be listed, or there is no higher number.
        NumberTooLarge: a file's number is over 2^63-1.
    """
    parsed = [parse(name) for name in _names(os.path.normpath(directory), "")]
    newest = max((file for file in parsed if isinstance(file, FileName)), key=lambda file: file.version, default=None)
    if newest is None:
        return f"{1:0{_DIGITS}d}"
    width = len(newest.name.partition("_")[0])
    following = newest.version + 1
    if following > MAX:
        message = f"there is no version above {newest.name}"
        raise CreateError(message, remedy="give that file a smaller number")
    if width == _TIMESTAMP:
        # A file from a clock that is ahead must not come after the new one.
        following = max(following, int(f"{now:%Y%m%d%H%M%S}"))
    elif width == _UNIX_SECONDS:
        following = max(following, int(now.timestamp()))
    return f"{following:0{width}d}"


def _suffix(extension: str) -> str:
    return "." + extension.removeprefix(".")


def _names(directory: str, suffix: str) -> list[str]:
    """List the names that end in `suffix`, in byte order; none where there is no directory yet."""
    try:
        return sorted(name for name in os.listdir(directory) if name.endswith(suffix))  # noqa: PTH208 - names are wanted
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return []
    except OSError as error:
        message = f"open {directory}: {system_reason(error)}"
        raise CreateError(message, remedy="make the directory readable for the user that runs this") from error


def _number(path: str) -> int | None:
    before, underscore, _ = path.rpartition("/")[2].partition("_")
    return parse_number(before) if underscore else None


def _has_version(name: str, version: str) -> bool:
    return name.startswith(f"{version}_") or (_number(name) is not None and _number(name) == parse_number(version))


def _check_last(path: str) -> None:
    before, underscore, _ = path.rpartition("/")[2].partition("_")
    if not underscore or not before:
        message = f"Malformed migration filename: {path}"
        raise CreateError(message, remedy="move it elsewhere, or name it NUMBER_TITLE")
    if parse_number(before) is None:
        message = f"strconv.ParseUint: parsing {go_quote(before)}: invalid syntax"
        raise CreateError(message, remedy=f"move {path} elsewhere, or name it NUMBER_TITLE")


def _make_directory(directory: str) -> None:
    try:
        Path(directory).mkdir(parents=True, exist_ok=True)
    except ValueError as error:  # a NUL character
        message = f"mkdir {directory}: invalid argument"
        raise CreateError(message) from error
    except OSError as error:
        ancestors = (Path(directory), *Path(directory).parents)
        obstacle = next((path for path in reversed(ancestors) if path.exists() and not path.is_dir()), None)
        where, reason = (obstacle, "not a directory") if obstacle else (error.filename, system_reason(error))
        message = f"mkdir {where}: {reason}"
        raise CreateError(message) from error
