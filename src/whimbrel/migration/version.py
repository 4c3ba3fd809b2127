"""What is a version? A number from 0 to 2^63-1, or NIL where nothing is applied."""

from __future__ import annotations

from typing import Final

NIL: Final = -1
"""No migration is applied: no row in the version table, or the row (-1, dirty) after a failed first down file."""

MAX: Final = 2**63 - 1
"""The largest version: PostgreSQL's bigint."""

_DIGITS_OF_64_BITS = 20


def parse_number(text: str) -> int | None:
    """Read a number of up to 64 bits as Go's strconv.ParseUint(text, 10, 64) does: ASCII digits only; else None."""
    digits = text.lstrip("0") or "0"
    if not text or not text.isascii() or not text.isdigit() or len(digits) > _DIGITS_OF_64_BITS:
        return None
    number = int(digits)
    return number if number < 2**64 else None
