"""Does an UPDATE write every row of a table?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.lint.reach import Reach, reach

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import UpdateStmt

CARD = Card(
    code="WB484",
    name="update-without-where",
    severity=Severity.WARNING,
    title="An UPDATE writes every row of a table",
    condition="UPDATE of a table that was there before the file, without a WHERE or with one that no column is in; "
    "in a WITH too.",
    effect="It locks every row until the transaction ends, so that all who write them wait, leaves a dead version of "
    "each behind, and writes all of it to the WAL.",
    remedy="Update in batches by the primary key, each in a transaction of its own, outside the migration.",
    safe="UPDATE orders SET state = 'open' WHERE state IS NULL AND id BETWEEN 1 AND 10000;",
    sources=("https://www.postgresql.org/docs/current/routine-vacuuming.html",),
)
KINDS = ("UpdateStmt", "Modifying")


def check(statement: Statement, node: UpdateStmt, context: Context) -> Iterator[Found]:
    """Look at an UPDATE."""
    if statement.kind == "UpdateStmt" and not context.is_new(node.relation) and reach(statement) is Reach.ALL:
        yield Found(
            f"this writes every row of {node.relation.relname} and keeps them locked until the transaction ends"
        )
