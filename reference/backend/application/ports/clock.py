"""What time is it?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Gives the time now, in UTC, with microseconds and no more."""


def utc_now() -> datetime:
    """The time of this machine."""
    return datetime.now(UTC)
