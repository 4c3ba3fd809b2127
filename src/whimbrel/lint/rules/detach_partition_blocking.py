"""Does detaching a partition block the whole partitioned table?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.lint.partition_proof import default_partition
from whimbrel.pg_types.lock_mode import LockMode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import AlterTableCmd

CARD = Card(
    code="WB132",
    name="detach-partition-blocking",
    severity=Severity.WARNING,
    title="Detaching a partition blocks the whole partitioned table",
    condition="DETACH PARTITION without CONCURRENTLY from a table that was there before the file.",
    effect="It takes an ACCESS EXCLUSIVE lock on the partitioned table and, from 14 on, on the partition, for a "
    "moment; while it waits for them, all reads and writes of the table wait behind it.",
    remedy="Write DETACH PARTITION … CONCURRENTLY, alone in its file.",
    safe="ALTER TABLE events DETACH PARTITION events_2024 CONCURRENTLY;",
    measured=("detach partition",),
    lock=LockMode.ACCESS_EXCLUSIVE,
    rewrites=False,
    scans=False,
    sources=("https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DETACH-PARTITION",),
)
KINDS = ("AT_DetachPartition",)
_CONCURRENTLY_SINCE = 14
_RETRY = "Set a short lock_timeout before it and try again where it ends"


def check(statement: Statement, command: AlterTableCmd, context: Context) -> Iterator[Found]:
    """Look at a DETACH PARTITION."""
    cmd = command.definition.partition if command.definition is not None else None
    parent = statement.node.relation
    if cmd is None or cmd.concurrent or context.is_new(parent):
        return
    remedy = ""
    if context.version < _CONCURRENTLY_SINCE:
        remedy = f"{_RETRY}; CONCURRENTLY came with 14."
    elif default_partition(context.catalog, context.catalog.name_of(parent)) is not None:
        remedy = f"{_RETRY}; a default partition rules CONCURRENTLY out."
    message = f"detaching {cmd.name.relname} blocks reads and writes of {parent.relname}, also while it waits"
    yield Found(message, remedy=remedy)
