"""Where does a new enum value stand among the others?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.sql.tree import names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import AlterEnumStmt

CARD = Card(
    code="WB374",
    name="enum-value-without-position",
    severity=Severity.ADVICE,
    title="A new enum value stands behind all others",
    condition="ALTER TYPE … ADD VALUE without BEFORE or AFTER.",
    effect="It is the greatest of its type from then on: ORDER BY and comparisons put it last.",
    remedy="Write BEFORE or AFTER where the order means something.",
    safe="ALTER TYPE state ADD VALUE 'sent' AFTER 'paid';",
    on=False,
    sources=("https://www.postgresql.org/docs/current/sql-altertype.html",),
    up_only=True,
)
KINDS = ("AlterEnumStmt",)


def check(statement: Statement, node: AlterEnumStmt, context: Context) -> Iterator[Found]:
    """Look at an ALTER TYPE … ADD VALUE."""
    if not node.old_val and not node.new_val_neighbor:
        yield Found(f"{node.new_val} comes to stand behind all other values of {names(node.type_name)[-1]}")
