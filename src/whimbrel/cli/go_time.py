"""What does Go make of a time layout (`2006-01-02 15:04:05`), and of the name of a time zone?"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from whimbrel.errors import Misuse

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import tzinfo

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# What Go's nextStdChunk finds, in its order of preference at each place.
_CHUNK = re.compile(
    r"January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|0[1-6]|002|15|1|2006|2|_2(?!006)|__2|3|4|5|PM|pm"
    r"|[-Z](?:070000|07:00:00|0700|07:00|07)|[.,](?:0+|9+)(?![0-9])"
)


class ZoneError(Misuse):
    """There is no such time zone; the message is Go's."""


def format_time(moment: datetime, layout: str) -> str:
    """Return the moment as Go's Time.Format writes it; what is no part of a layout stands for itself.

    The moment knows its zone. It has microseconds, so digits of a fraction behind the sixth are zeros.
    """
    return _CHUNK.sub(lambda chunk: _chunk(moment, chunk[0]), layout)


def parse_zone(name: str) -> tzinfo:
    """Return the zone that Go's LoadLocation finds: nothing and `UTC`, `Local`, or a name of the IANA's.

    `Local` has the machine's present offset.

    Raises:
        ZoneError: there is no such zone.
    """
    if name in ("", "UTC"):
        return UTC
    if name == "Local":
        return datetime.now(UTC).astimezone().tzinfo or UTC
    if ".." in name or name[0] in "/\\":
        message = "time: invalid location name"
        raise ZoneError(message, remedy="name a zone such as Europe/Berlin")
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (LookupError, OSError, ValueError) as error:
        message = f"unknown time zone {name}"
        raise ZoneError(message, remedy="name a zone such as Europe/Berlin") from error


def _chunk(moment: datetime, chunk: str) -> str:
    if chunk[0] in "-Z":
        return _offset(moment, chunk)
    if chunk[0] in ".,":
        return _fraction(moment, chunk)
    return _FIELDS[chunk](moment)


def _offset(moment: datetime, chunk: str) -> str:
    seconds = round(delta.total_seconds()) if (delta := moment.utcoffset()) else 0
    if not seconds and chunk[0] == "Z":
        return "Z"
    minutes, second = divmod(abs(seconds), 60)
    hour, minute = divmod(minutes, 60)
    colon = ":" if ":" in chunk else ""
    parts = (hour, minute, second)[: len(chunk.replace(":", "")) // 2]
    return ("-" if seconds < 0 else "+") + colon.join(f"{part:02d}" for part in parts)


def _fraction(moment: datetime, chunk: str) -> str:
    digits = f"{moment.microsecond:06d}000"[: len(chunk) - 1]
    if chunk[1] == "0":
        return chunk[0] + digits
    kept = digits.rstrip("0")
    return chunk[0] + kept if kept else ""


def _zone_name(moment: datetime) -> str:
    return moment.tzname() or _offset(moment, "-0700")


def _hour12(moment: datetime) -> int:
    return moment.hour % 12 or 12


_FIELDS: dict[str, Callable[[datetime], str]] = {
    "January": lambda t: _MONTHS[t.month - 1],
    "Jan": lambda t: _MONTHS[t.month - 1][:3],
    "1": lambda t: str(t.month),
    "01": lambda t: f"{t.month:02d}",
    "Monday": lambda t: _WEEKDAYS[t.weekday()],
    "Mon": lambda t: _WEEKDAYS[t.weekday()][:3],
    "2": lambda t: str(t.day),
    "_2": lambda t: f"{t.day:2d}",
    "02": lambda t: f"{t.day:02d}",
    "__2": lambda t: f"{t.timetuple().tm_yday:3d}",
    "002": lambda t: f"{t.timetuple().tm_yday:03d}",
    "15": lambda t: f"{t.hour:02d}",
    "3": lambda t: str(_hour12(t)),
    "03": lambda t: f"{_hour12(t):02d}",
    "4": lambda t: str(t.minute),
    "04": lambda t: f"{t.minute:02d}",
    "5": lambda t: str(t.second),
    "05": lambda t: f"{t.second:02d}",
    "2006": lambda t: f"{t.year:04d}",
    "06": lambda t: f"{t.year % 100:02d}",
    "MST": _zone_name,
    "PM": lambda t: "PM" if t.hour >= 12 else "AM",
    "pm": lambda t: "pm" if t.hour >= 12 else "am",
}
