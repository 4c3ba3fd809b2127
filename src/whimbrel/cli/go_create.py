"""Which files does `migrate create` make? golang-migrate's rules, with its checks in its order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from whimbrel.cli.go_time import format_time
from whimbrel.cli.go_usage import DEFAULT_LAYOUT
from whimbrel.errors import CreateError
from whimbrel.sources.create import create_pair, next_sequence

if TYPE_CHECKING:
    from datetime import tzinfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def create(
    directory: str, name: str, extension: str, *, layout: str, zone: tzinfo, nanoseconds: int, digits: int | None
) -> tuple[str, str]:
    """Make the pair of files and return their absolute paths, the one to go up first.

    With `digits` (the flag `-seq`) the version is the next number of the directory; without, it is the moment
    `nanoseconds` after 1970 by the layout in the zone.

    Raises:
        CreateError: its message is what golang-migrate prints behind `error: `.
    """
    if digits is None:
        version = time_version(nanoseconds, layout, zone)
    elif layout != DEFAULT_LAYOUT:
        message = "The seq and format options are mutually exclusive"
        raise CreateError(message)
    else:
        version = next_sequence(directory, extension, digits)
    return create_pair(directory, version, name, extension)


def time_version(nanoseconds: int, layout: str, zone: tzinfo) -> str:
    """Return a moment, in nanoseconds since 1970, as a version: by Go's layout, or `unix`, or `unixNano`.

    Raises:
        CreateError: the layout is empty.
    """
    if not layout:
        message = "Time format may not be empty"
        raise CreateError(message)
    if layout == "unix":
        return str(nanoseconds // 10**9)
    if layout == "unixNano":
        return str(nanoseconds)
    moment = _EPOCH + timedelta(microseconds=nanoseconds // 1000)
    return format_time(moment.astimezone(zone), layout)
