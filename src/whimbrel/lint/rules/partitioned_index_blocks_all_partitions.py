"""Does an index build stop writes to every partition?"""

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
    code="WB104",
    name="partitioned-index-blocks-all-partitions",
    severity=Severity.ERROR,
    title="An index on a partitioned table stops writes to all partitions",
    condition="CREATE INDEX on a partitioned table that was there before the file, without ONLY; or CONCURRENTLY on a "
    "partitioned table.",
    effect="It takes a SHARE lock on the partitioned table and on every partition until all of their indexes are "
    "built: reads go on, writes wait. With CONCURRENTLY PostgreSQL refuses it (0A000).",
    remedy="Create the index ON ONLY the partitioned table, then one on each partition CONCURRENTLY, and attach each.",
    safe="CREATE INDEX events_at_idx ON ONLY events (at);\n"
    "CREATE INDEX CONCURRENTLY events_2026_at_idx ON events_2026 (at);\n"
    "ALTER INDEX events_at_idx ATTACH PARTITION events_2026_at_idx;",
    measured=("create index on partitioned",),
    lock=LockMode.SHARE,
    rewrites=False,
    scans=True,
    sources=("https://www.postgresql.org/docs/current/ddl-partitioning.html#DDL-PARTITIONING-DECLARATIVE-MAINTENANCE",),
)
KINDS = ("IndexStmt",)


def check(statement: Statement, node: IndexStmt, context: Context) -> Iterator[Found]:
    """Look at a CREATE INDEX."""
    relation = context.relation(node.relation)
    if relation is None or relation.kind is not RelationKind.PARTITIONED:
        return
    table, index = node.relation.relname, node.idxname or "this index"
    if node.concurrent:
        yield Found(f"PostgreSQL refuses to build {index} concurrently, because {table} is partitioned")
    elif node.relation.inh and not context.is_new(node.relation) and not is_emptied(statement, node.relation, context):
        yield Found(f"building {index} stops writes to {table} and all its partitions until all are built")
