"""Do rows vanish from a parent table or partitioned table?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import AlterTableCmd

CARD = Card(
    code="WB721",
    name="detach-inheritance",
    severity=Severity.ADVICE,
    title="Rows vanish from the table above",
    condition="DETACH PARTITION or NO INHERIT in an up file.",
    effect=(
        "Running code that reads the table above does not see the rows any more, from the commit on, and an INSERT "
        "that would go to the partition fails with 23514."
    ),
    remedy="Release code that does not need these rows first.",
    on=False,
    sources=("https://www.postgresql.org/docs/current/ddl-partitioning.html",),
    up_only=True,
)
KINDS = ("AT_DetachPartition", "AT_DropInherit")


def check(statement: Statement, node: AlterTableCmd, context: Context) -> Iterator[Found]:
    """Look at a DETACH PARTITION or NO INHERIT."""
    definition = node.definition
    if definition is None:
        return
    own = statement.node.relation
    if definition.partition is not None:
        child, parent = definition.partition.name, own
    elif definition.relation is not None:
        child, parent = own, definition.relation
    else:
        return
    if not context.is_new(child):
        yield Found(f"running code that reads {parent.relname} misses the rows of {child.relname}")
