"""Does one statement write all rows that lack a value?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.lint.reach import Reach, reach
from whimbrel.lint.servers_own import is_servers_own

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import DeleteStmt, UpdateStmt

CARD = Card(
    code="WB486",
    name="backfill-not-batched",
    severity=Severity.WARNING,
    title="One statement writes all rows that lack a value",
    condition="UPDATE or DELETE of a table that was there before the file, whose WHERE names no value: `a IS NULL`, or "
    "a join by columns.",
    effect="It locks every row that it finds until the transaction ends, and a long transaction keeps VACUUM from "
    "clearing any table.",
    remedy="Write in batches by the primary key, each in a transaction of its own, outside the migration.",
    safe="UPDATE orders SET state = 'open' WHERE state IS NULL AND id BETWEEN 1 AND 10000;",
    sources=("https://www.postgresql.org/docs/current/routine-vacuuming.html",),
)
KINDS = ("UpdateStmt", "DeleteStmt")


def check(statement: Statement, node: UpdateStmt | DeleteStmt, context: Context) -> Iterator[Found]:
    """Look at an UPDATE or DELETE."""
    if not node.where_clause or context.is_new(node.relation) or is_servers_own(node.relation, context):
        return
    if reach(statement) is Reach.OPEN:
        verb = "updates" if statement.kind == "UpdateStmt" else "deletes"
        yield Found(f"this {verb} all such rows of {node.relation.relname} in one transaction")
