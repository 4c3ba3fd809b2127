"""Does rebuilding an index stop reads and writes?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.pg_types.lock_mode import LockMode
from whimbrel.sql.outside_transaction import switched_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import ReindexStmt

CARD = Card(
    code="WB103",
    name="reindex-not-concurrent",
    severity=Severity.ERROR,
    title="REINDEX stops writes, and reads too",
    condition="REINDEX without CONCURRENTLY of an index, table, schema or database that was there before the file.",
    # The lock is that on the table; each index has an ACCESS EXCLUSIVE one as well.
    effect="It takes a SHARE lock on the table and an ACCESS EXCLUSIVE lock on each index until it is rebuilt. "
    "Writes wait for the first; reads wait for the second, because the planner locks every index of a table.",
    remedy="Write REINDEX … CONCURRENTLY, alone in its file.",
    safe="REINDEX INDEX CONCURRENTLY orders_user_id_idx;",
    measured=("reindex index", "reindex table"),
    lock=LockMode.SHARE,
    scans=True,
    sources=("https://www.postgresql.org/docs/current/sql-reindex.html#SQL-REINDEX-CONCURRENTLY",),
)
KINDS = ("ReindexStmt",)


def check(statement: Statement, node: ReindexStmt, context: Context) -> Iterator[Found]:
    """Look at a REINDEX."""
    # The system's own catalogs cannot be rebuilt concurrently.
    if node.kind == "REINDEX_OBJECT_SYSTEM" or switched_on(node.params, "concurrently"):
        return
    what = node.relation
    if what is None:
        yield Found(f"rebuilding all indexes of {node.name or 'the database'} stops writes and reads, table by table")
    elif node.kind == "REINDEX_OBJECT_INDEX":
        table = context.catalog.index_table(what.schemaname, what.relname)
        if table is None:
            yield Found(f"rebuilding {what.relname} stops writes and reads of its table")
        elif not context.is_new(table.name):
            yield Found(f"rebuilding {what.relname} stops writes and reads of {table.name[1]}")
    elif not context.is_new(what):
        yield Found(f"rebuilding the indexes of {what.relname} stops its writes and reads")
