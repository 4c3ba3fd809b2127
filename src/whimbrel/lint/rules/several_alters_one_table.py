"""Could ALTER TABLEs that follow each other be one?"""

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
    from whimbrel.sql.tree import AlterTableStmt

CARD = Card(
    code="WB249",
    name="several-alters-one-table",
    severity=Severity.ADVICE,
    on=False,
    title="Several ALTER TABLEs of one table follow each other",
    condition="An ALTER TABLE directly behind another one of the same table, which was there before the file. "
    "VALIDATE CONSTRAINT and changes of partitions are not meant: they have to stand alone.",
    effect="Each goes for its lock, and each that checks or rewrites rows goes through the whole table: subcommands "
    "of one ALTER TABLE share one lock and one pass.",
    remedy="Write the changes as subcommands of one ALTER TABLE.",
    safe="ALTER TABLE orders ADD COLUMN note text, ADD COLUMN paid_at timestamptz;",
    measured=("add col nullable", "drop default"),
    lock=LockMode.ACCESS_EXCLUSIVE,
    sources=("https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES",),
)
KINDS = ("AlterTableStmt",)
_ALONE = frozenset({"AT_ValidateConstraint", "AT_AttachPartition", "AT_DetachPartition", "AT_DetachPartitionFinalize"})


def check(statement: Statement, node: AlterTableStmt, context: Context) -> Iterator[Found]:
    """Look at an ALTER TABLE; tell it once in a run of them."""
    earlier = context.earlier
    if not earlier or not _follows(statement, earlier[-1], context):
        return
    if (len(earlier) > 1 and _follows(earlier[-1], earlier[-2], context)) or context.is_new(node.relation):
        return
    line = statement.file.position(earlier[-1].start)[0]
    yield Found(f"{node.relation.relname} was altered by line {line} already: one ALTER TABLE can do both")


def _follows(statement: Statement, other: Statement, context: Context) -> bool:
    if statement.kind != "AlterTableStmt" or other.kind != "AlterTableStmt" or statement.within is not other.within:
        return False
    one, two = statement.node, other.node
    return (
        one.objtype == two.objtype == "OBJECT_TABLE"
        and one.relation.relname == two.relation.relname
        and one.relation.schemaname == two.relation.schemaname
        and not any(part.command.subtype in _ALONE for part in (*one.cmds, *two.cmds))
    )
