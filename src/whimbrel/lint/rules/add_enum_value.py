"""Can running code meet an enum value that it does not know?"""

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
    code="WB718",
    name="add-enum-value",
    severity=Severity.ADVICE,
    title="Running code may meet an enum value that it does not know",
    condition="ALTER TYPE … ADD VALUE in an up file, on an enum that was there before the release.",
    effect="A client that maps the values to an enum of its own fails when it reads the new one.",
    remedy="Release code that reads the new value before code that writes it.",
    on=False,
    sources=("https://www.postgresql.org/docs/current/sql-altertype.html",),
    up_only=True,
)
KINDS = ("AlterEnumStmt",)


def check(statement: Statement, node: AlterEnumStmt, context: Context) -> Iterator[Found]:
    """Look at an ADD VALUE."""
    if node.old_val:
        return
    known = context.catalog.user_type(names(node.type_name))
    if known is None or not context.is_fresh(known):
        yield Found(f"running code may read {node.new_val} of {names(node.type_name)[-1]}, which it does not know")
