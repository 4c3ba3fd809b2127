"""Which way does a migration go? Up or down."""

from __future__ import annotations

from enum import StrEnum


class Direction(StrEnum):
    """The direction of a file or of a step, spelled as in file names."""

    UP = "up"
    DOWN = "down"
