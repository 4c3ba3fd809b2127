"""What is a version? A number from 0 to 2^63-1, or NIL where nothing is applied."""

from __future__ import annotations

from typing import Final

NIL: Final = -1
"""No migration is applied: no row in the version table, or the row (-1, dirty) after a failed first down file."""

MAX: Final = 2**63 - 1
"""The largest version: PostgreSQL's bigint."""


def parse_number(text: str) -> int | None:
    """Read a number as Go's strconv.ParseUint(text, 10, 64) does: ASCII digits only; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() else None
