"""Does a column hold a time of day with a zone?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.lint.rule import PlacedColumn

CARD = Card(
    code="WB598",
    name="no-timetz",
    severity=Severity.ADVICE,
    title="time with time zone",
    condition="A column of type timetz, which is time with time zone.",
    effect=(
        "A time of day with an offset but without a date fits no question: whether the offset holds depends "
        "on the date. The type is there for the SQL standard alone."
    ),
    remedy="Use timestamptz for moments, time for the hands of a clock.",
    safe="CREATE TABLE shops (opens time NOT NULL);",
    on=False,
    sources=("https://wiki.postgresql.org/wiki/Don%27t_Do_This#Don.27t_use_timetz",),
    up_only=True,
)
KINDS = ("Column:timetz",)


def check(statement: Statement, node: PlacedColumn, context: Context) -> Iterator[Found]:
    """Look at a column."""
    yield Found(f"{node.name} has an offset without a date, which says nothing", statement.at(node.column.location))
