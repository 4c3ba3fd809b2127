"""Does running code that names no columns get one more?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.altered_table import column_name, gains_column
from whimbrel.lint.found import Found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import AlterTableCmd

CARD = Card(
    code="WB720",
    name="add-column",
    severity=Severity.ADVICE,
    title="Rows of a table get one column more",
    condition="ADD COLUMN in an up file, on a table that was there before the file.",
    effect=(
        "SELECT * of running code returns one column more, which breaks clients that count them; an INSERT without a "
        "column list goes on only while the new column is the last and has a default or may be NULL. Prepared "
        "statements with * fail once with 0A000 (cached plan must not change result type)."
    ),
    remedy="Name the columns in SELECT and INSERT.",
    on=False,
    sources=("https://www.postgresql.org/docs/current/sql-altertable.html",),
    up_only=True,
)
KINDS = ("AT_AddColumn",)


def check(statement: Statement, node: AlterTableCmd, context: Context) -> Iterator[Found]:
    """Look at an ADD COLUMN."""
    relation = statement.node.relation
    if statement.node.objtype != "OBJECT_TABLE" or not gains_column(statement, node, context):
        return
    yield Found(f"SELECT * of running code on {relation.relname} gets {column_name(node)} too")
