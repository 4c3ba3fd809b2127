"""Does an index build stop writes?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.emptied import is_emptied
from whimbrel.lint.found import Found
from whimbrel.pg_types.lock_mode import LockMode
from whimbrel.schema.catalog import RelationKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import IndexStmt

CARD = Card(
    code="WB101",
    name="index-not-concurrent",
    severity=Severity.ERROR,
    title="An index build stops writes",
    condition="CREATE INDEX without CONCURRENTLY on a table that was there before the file, and is not partitioned.",
    effect="It takes a SHARE lock on the table until the index is built: reads go on, writes wait.",
    remedy="Write CREATE INDEX CONCURRENTLY, alone in its file.",
    safe="CREATE INDEX CONCURRENTLY orders_user_id_idx ON orders (user_id);",
    measured=("create index", "create unique index", "create index if not exists (exists)"),
    lock=LockMode.SHARE,
    sources=("https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY",),
)
KINDS = ("IndexStmt",)
_BUILT = (RelationKind.TABLE, RelationKind.MATERIALIZED)
"""What gets an index of its own: views and foreign tables are refused."""


def check(statement: Statement, node: IndexStmt, context: Context) -> Iterator[Found]:
    """Look at a CREATE INDEX."""
    if node.concurrent or context.is_new(node.relation):
        return
    relation = context.relation(node.relation)
    if relation.kind not in _BUILT if relation is not None else not node.relation.inh:
        return
    if is_emptied(statement, node.relation, context):
        return
    table = node.relation.relname
    yield Found(f"building {node.idxname or 'this index'} stops writes to {table} until it is built")
