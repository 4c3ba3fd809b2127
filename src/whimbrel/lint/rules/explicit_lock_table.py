"""Does a file lock a table by itself?"""

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
    from whimbrel.sql.tree import LockStmt

CARD = Card(
    code="WB257",
    name="explicit-lock-table",
    severity=Severity.WARNING,
    title="LOCK TABLE stops the application",
    condition="LOCK TABLE in SHARE mode or a stronger one, without NOWAIT, of a table that was there before the "
    "file. Without a mode it is ACCESS EXCLUSIVE.",
    effect="The lock stays until the transaction ends: from SHARE on writes wait, under ACCESS EXCLUSIVE reads too.",
    remedy="Take the weakest mode that does, with NOWAIT or a short lock_timeout, late in the transaction.",
    safe="SET LOCAL lock_timeout = '2s';\nLOCK TABLE orders IN SHARE UPDATE EXCLUSIVE MODE;",
    measured=("lock table (default)", "lock table nowait share"),
    lock=LockMode.ACCESS_EXCLUSIVE,
    rewrites=False,
    scans=False,
    sources=("https://www.postgresql.org/docs/current/sql-lock.html",),
)
KINDS = ("LockStmt",)


def check(statement: Statement, node: LockStmt, context: Context) -> Iterator[Found]:
    """Look at a LOCK TABLE."""
    if node.nowait or node.mode < LockMode.SHARE:
        return
    tables = [one.range_var for one in node.relations if one.range_var is not None]
    names = [table.relname for table in tables if not context.is_new(table)]
    if names:
        waits = "reads and writes" if LockMode(node.mode).blocks_reads else "writes"
        yield Found(f"{waits} of {', '.join(names)} wait until the transaction ends")
