"""Does attaching a partition read it through while nobody can use it?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.lint.partition_proof import proves_bound
from whimbrel.pg_types.lock_mode import LockMode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.schema.catalog import Index, Relation
    from whimbrel.sql.tree import AlterTableCmd

CARD = Card(
    code="WB133",
    name="attach-partition-scans",
    severity=Severity.WARNING,
    title="Attaching a partition reads it through while nobody can use it",
    condition="ATTACH PARTITION of a table that was there before the file and has no CHECK that implies the "
    "partition's bound with IS NOT NULL, or lacks an index of the partitioned table.",
    effect="It takes an ACCESS EXCLUSIVE lock on the table that is attached, which blocks its reads and writes, and "
    "under it checks every row against the bound and builds each missing index. The partitioned table itself stays in "
    "use: SHARE UPDATE EXCLUSIVE.",
    remedy="Add a CHECK that implies the bound, with IS NOT NULL, as NOT VALID, validate it, and build the indexes "
    "CONCURRENTLY before attaching.",
    safe="ALTER TABLE events_2024 ADD CONSTRAINT events_2024_bound\n"
    "    CHECK (at IS NOT NULL AND at >= '2024-01-01' AND at < '2025-01-01') NOT VALID;\n"
    "ALTER TABLE events_2024 VALIDATE CONSTRAINT events_2024_bound;",
    measured=("attach partition (no check)", "attach with parent index (builds)"),
    lock=LockMode.ACCESS_EXCLUSIVE,
    rewrites=False,
    scans=True,
    sources=("https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-ATTACH-PARTITION",),
)
KINDS = ("AT_AttachPartition",)


def check(statement: Statement, command: AlterTableCmd, context: Context) -> Iterator[Found]:
    """Look at an ATTACH PARTITION."""
    cmd = command.definition.partition if command.definition is not None else None
    if cmd is None or cmd.bound is None or context.is_new(cmd.name):
        return
    table = context.relation(cmd.name)
    name = cmd.name.relname
    only = cmd.bound.is_default and not context.catalog.partitions.get(context.catalog.name_of(statement.node.relation))
    if table is None or not (only or proves_bound(table, cmd.bound)):
        yield Found(f"attaching {name} reads all of it to check the bound while nobody can use it")
        return
    parent = context.relation(statement.node.relation)
    if parent is not None and table.complete:
        missing = [index for index in parent.indexes.values() if not _has(table, index)]
        if missing:
            listed = ", ".join(index.name for index in missing)
            yield Found(f"attaching {name} builds its indexes for {listed} while nobody can use it")


def _has(table: Relation, wanted: Index) -> bool:
    return any(
        (index.columns, index.unique, index.predicate, index.method)
        == (wanted.columns, wanted.unique, wanted.predicate, wanted.method)
        for index in table.indexes.values()
    )
