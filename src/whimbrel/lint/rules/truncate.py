"""Does TRUNCATE empty a table?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.pg_types.lock_mode import LockMode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import TruncateStmt

CARD = Card(
    code="WB487",
    name="truncate",
    severity=Severity.WARNING,
    title="TRUNCATE empties a table",
    condition="TRUNCATE of a table that was there before the file, without CASCADE.",
    effect="All rows are gone, the down file cannot bring them back. It takes an ACCESS EXCLUSIVE lock on the table, "
    "which blocks reads and writes, until the transaction ends.",
    remedy="Delete what must go with a WHERE, in batches; keep a copy of what may be wanted again.",
    safe="DELETE FROM sessions WHERE expires_at < now() - interval '30 days' AND id BETWEEN 1 AND 10000;",
    measured=("truncate", "truncate table with FK out"),
    lock=LockMode.ACCESS_EXCLUSIVE,
    sources=("https://www.postgresql.org/docs/current/sql-truncate.html",),
)
KINDS = ("TruncateStmt",)


def check(_: Statement, node: TruncateStmt, context: Context) -> Iterator[Found]:
    """Look at a TRUNCATE."""
    if node.behavior == "DROP_CASCADE":
        return
    for one in node.relations:
        if one.range_var is not None and not context.is_new(one.range_var):
            yield Found(f"this empties {one.range_var.relname}")
