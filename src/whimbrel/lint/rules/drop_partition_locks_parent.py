"""Does dropping a partition block the whole partitioned table?"""

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
    from whimbrel.sql.tree import DropStmt

CARD = Card(
    code="WB136",
    name="drop-partition-locks-parent",
    severity=Severity.WARNING,
    title="Dropping a partition blocks the whole partitioned table",
    condition="DROP TABLE of a partition, in an up file, whose partitioned table was there before the file.",
    effect="It takes an ACCESS EXCLUSIVE lock on the partitioned table too, for a moment; while it waits for it, all "
    "reads and writes of the table wait behind it.",
    remedy="Detach the partition CONCURRENTLY, alone in its file, then drop the table.",
    safe="ALTER TABLE events DETACH PARTITION events_2020 CONCURRENTLY;\nDROP TABLE events_2020;",
    measured=("drop partition table",),
    lock=LockMode.ACCESS_EXCLUSIVE,
    rewrites=False,
    scans=False,
    sources=("https://www.postgresql.org/docs/current/ddl-partitioning.html#DDL-PARTITIONING-DECLARATIVE-MAINTENANCE",),
    up_only=True,
)
KINDS = ("DropStmt:OBJECT_TABLE",)


def check(_: Statement, node: DropStmt, context: Context) -> Iterator[Found]:
    """Look at a DROP TABLE."""
    if not context.catalog.partitions:
        return
    written = [one.name for one in node.objects]
    dropped = {context.catalog.resolve(parts[-2] if len(parts) > 1 else "", parts[-1]) for parts in written if parts}
    for name in sorted(dropped):
        relation = context.catalog.relations.get(name)
        parent = relation.partition_of if relation is not None else None
        if parent is not None and parent not in dropped and not context.is_new(parent):
            yield Found(f"dropping the partition {name[1]} blocks reads and writes of {parent[1]}, also while it waits")
