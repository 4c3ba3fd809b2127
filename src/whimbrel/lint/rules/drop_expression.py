"""Does a column cease to be computed?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import AlterTableCmd

CARD = Card(
    code="WB707",
    name="drop-expression",
    severity=Severity.WARNING,
    title="A generated column becomes an ordinary one",
    condition="ALTER COLUMN … DROP EXPRESSION in an up file, on a table that was there before the file.",
    effect=(
        "The values stay as they are and are computed no more: rows that running code inserts have NULL in the "
        "column, and updates leave it behind."
    ),
    remedy="Release code that writes the column first, or set a default or a trigger in the same transaction.",
    sources=("https://www.postgresql.org/docs/current/sql-altertable.html",),
    up_only=True,
)
KINDS = ("AT_DropExpression",)


def check(statement: Statement, node: AlterTableCmd, context: Context) -> Iterator[Found]:
    """Look at a DROP EXPRESSION."""
    relation = statement.node.relation
    if not context.is_new(relation):
        yield Found(f"{node.name} of {relation.relname} is computed no more: new rows of running code have NULL in it")
