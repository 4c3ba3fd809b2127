"""Is CURRENT_TIME asked for?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement

CARD = Card(
    code="WB599",
    name="no-current-time",
    severity=Severity.ADVICE,
    title="CURRENT_TIME",
    condition="CURRENT_TIME in a default or any other expression.",
    effect=(
        "Its type is time with time zone, which has an offset but no date, so it compares and casts in ways "
        "that nobody means."
    ),
    remedy=(
        "Write CURRENT_TIMESTAMP or now() for the moment, LOCALTIME for the hands of the clock, CURRENT_DATE "
        "for the day."
    ),
    safe="ALTER TABLE visits ALTER COLUMN at SET DEFAULT now();",
    on=False,
    sources=("https://wiki.postgresql.org/wiki/Don%27t_Do_This#Don.27t_use_CURRENT_TIME",),
)
KINDS = ("SQLValueFunction:SVFOP_CURRENT_TIME|SVFOP_CURRENT_TIME_N@current_time",)


def check(statement: Statement, node: dict[str, Any], context: Context) -> Iterator[Found]:
    """Look at a value that the session knows."""
    if node.get("op") in ("SVFOP_CURRENT_TIME", "SVFOP_CURRENT_TIME_N"):
        at = statement.at(node["location"])
        yield Found("CURRENT_TIME is a time with an offset but no date", at, at and at + len("CURRENT_TIME"))
