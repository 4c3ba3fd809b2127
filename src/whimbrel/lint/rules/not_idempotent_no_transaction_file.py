"""Can a statement outside of a transaction be tried again?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.context import Target
from whimbrel.lint.found import Found
from whimbrel.sql.tree import DropStmt, IndexStmt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement

CARD = Card(
    code="WB638",
    name="not-idempotent-no-transaction-file",
    severity=Severity.WARNING,
    title="A statement outside of a transaction cannot be tried again",
    condition=(
        "With the target golang-migrate: CREATE INDEX CONCURRENTLY without IF NOT EXISTS, and DROP INDEX "
        "CONCURRENTLY without IF EXISTS; advice for CREATE INDEX. Whimbrel itself sees what an interrupted one left."
    ),
    effect=(
        "When it was interrupted, the next try fails with 42P07, since a broken index of the name is there, "
        "or with 42704, since none is. The first is the lesser evil: with IF NOT EXISTS the next try passes over a "
        "broken index and reports success."
    ),
    remedy="Write IF EXISTS for a drop. Drop a broken index by hand before the next try to build it, with IF NOT "
    "EXISTS or without.",
    safe="DROP INDEX CONCURRENTLY IF EXISTS orders_user_id_idx;",
    sources=("https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY",),
)
KINDS = ("IndexStmt", "DropStmt:OBJECT_INDEX")


def check(statement: Statement, node: IndexStmt | DropStmt, context: Context) -> Iterator[Found]:
    """Look at what is done concurrently."""
    if not node.concurrent or context.target is not Target.GOLANG_MIGRATE:
        return
    if isinstance(node, IndexStmt):
        # Without a name the next try takes another: concurrent-index-without-name tells that.
        if not node.if_not_exists and node.idxname:
            message = f"building {node.idxname} fails when it is tried again after an interruption"
            yield Found(message, severity=Severity.ADVICE)
    elif not node.missing_ok:
        yield Found(f"dropping {node.objects[0].name[-1]} fails when it is tried again after an interruption")
