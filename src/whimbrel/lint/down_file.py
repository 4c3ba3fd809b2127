"""Where does a down file lead to, as far as that is in sight?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from whimbrel.schema.round_trip import RoundTrip, round_trip

if TYPE_CHECKING:
    from whimbrel.lint.context import Context

_OPAQUE: Final = frozenset({"DoStmt", "CallStmt", "SelectStmt", "ExecuteStmt"})
"""What may run statements that are not in sight."""


def judged(context: Context) -> RoundTrip | None:
    """Compare the schema behind a down file with that before its up file; None where not all of it is in sight.

    It is asked when the whole file has been seen, and compares once.
    """
    if context.trip is None:
        context.trip = _judged(context)
    return context.trip


def _judged(context: Context) -> RoundTrip | None:
    file, start, between = context.file, context.undone, context.before
    up = file.pair
    if not file.is_down or up is None or start is None or between is None or file.ordinal != up.ordinal + 1:
        return None
    if not file.statements or not (file.whole and up.whole):
        return None
    if any(statement.kind in _OPAQUE for one in (up, file) for statement in one.statements):
        return None
    return round_trip(start, between, context.catalog, up.ordinal)
