"""Is a column of type money?"""

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
    code="WB502",
    name="no-money",
    severity=Severity.ADVICE,
    title="The type money",
    condition="A column of type money.",
    effect=(
        "It holds no currency, and how many digits stand behind the point is the server's lc_monetary: a dump "
        "that another server reads may hold other amounts. Fractions of a cent are lost."
    ),
    remedy="Use numeric, with the currency in a column of its own, or an integer count of the smallest unit.",
    safe="CREATE TABLE prices (amount numeric(12, 2) NOT NULL, currency text NOT NULL);",
    on=False,
    sources=("https://wiki.postgresql.org/wiki/Don%27t_Do_This#Don.27t_use_money",),
    up_only=True,
)
KINDS = ("Column:money",)


def check(statement: Statement, node: PlacedColumn, context: Context) -> Iterator[Found]:
    """Look at a column."""
    yield Found(
        f"{node.name} changes its value with the server's locale, and holds no currency",
        statement.at(node.column.location),
    )
