"""Does a DELETE empty a table?"""

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
    from whimbrel.sql.tree import DeleteStmt

CARD = Card(
    code="WB494",
    name="delete-without-where",
    severity=Severity.WARNING,
    title="A DELETE empties a table",
    condition="DELETE from a table that was there before the file, without a WHERE or with one that no column is in; "
    "in a WITH too.",
    effect="All rows are gone, the down file cannot bring them back. Until the transaction ends each row is locked; a "
    "foreign key that refers to the table has each looked up.",
    remedy="Delete what must go with a WHERE, in batches; keep a copy of what may be wanted again.",
    safe="DELETE FROM sessions WHERE expires_at < now() - interval '30 days' AND id BETWEEN 1 AND 10000;",
    sources=("https://www.postgresql.org/docs/current/sql-delete.html",),
)
KINDS = ("DeleteStmt", "Modifying")


def check(statement: Statement, node: DeleteStmt, context: Context) -> Iterator[Found]:
    """Look at a DELETE."""
    if statement.kind == "DeleteStmt" and not context.is_new(node.relation) and reach(statement) is Reach.ALL:
        yield Found(f"this deletes every row of {node.relation.relname}")
