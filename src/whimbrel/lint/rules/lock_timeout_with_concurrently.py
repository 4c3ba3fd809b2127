"""Can lock_timeout end a CONCURRENTLY statement half way?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.lint.session_settings import in_force, is_zero
from whimbrel.sql.outside_transaction import refuses, switched_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement

# What the statements wait for was watched from a second session on 13, 15 and 18 (landscape 3.2).
CARD = Card(
    code="WB241",
    name="lock-timeout-with-concurrently",
    severity=Severity.WARNING,
    title="lock_timeout ends a CONCURRENTLY statement half way",
    condition="CREATE, DROP or REINDEX INDEX CONCURRENTLY or DETACH PARTITION CONCURRENTLY while the file has a "
    "lock_timeout set.",
    effect="These statements wait for other sessions' transactions, and lock_timeout counts those waits. When it "
    "passes, the statement fails and leaves an index behind that is not valid, or a partition that is half detached.",
    remedy="Set lock_timeout to 0 before it and reset it behind: the statement itself stops neither reads nor "
    "writes while it waits.",
    safe="SET lock_timeout = 0;\nCREATE INDEX CONCURRENTLY orders_user_id_idx ON orders (user_id);\n"
    "RESET lock_timeout;",
    sources=(
        "https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY",
        "https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-LOCK-TIMEOUT",
    ),
)
KINDS = ("IndexStmt:concurrent", "DropStmt:OBJECT_INDEX", "ReindexStmt", "AT_DetachPartition")

_LEFT = {
    "IndexStmt": "leaves an index that is not valid",
    "DropStmt": "leaves the index not valid",
    "ReindexStmt": "leaves a second index that is not valid",
    "AlterTableStmt": "leaves the partition half detached",
}


def check(statement: Statement, node: Any, context: Context) -> Iterator[Found]:
    """Look at what may be CONCURRENTLY."""
    if not refuses(statement.kind, statement.node) or statement.in_block:
        return
    if statement.kind == "ReindexStmt" and not switched_on(node.params, "concurrently"):
        return  # of a schema or a database: it refuses a transaction too, and waits as any other
    limit = in_force("lock_timeout", statement, context.earlier)
    if limit is not None and not is_zero(limit):
        yield Found(f"a wait for other transactions of more than {limit} ends it and {_LEFT[statement.kind]}")
