"""What was seen, where, how bad is it, and what to do?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from whimbrel.findings.fix import Fix
    from whimbrel.findings.severity import Severity


class Finding(Struct, frozen=True):
    """One finding. Lines and columns count from 1, columns in characters; the end is behind the last character."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    code: str
    name: str
    severity: Severity
    message: str
    effect: str
    remedy: str
    fix: Fix | None = None
