"""Are rows written while a lock from before is held?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.few_rows import picks_few
from whimbrel.lint.file import together
from whimbrel.lint.found import Found
from whimbrel.lint.reach import Reach, copied, reach
from whimbrel.lint.servers_own import is_servers_own
from whimbrel.pg_types.lock_mode import LockMode
from whimbrel.sql.tree import CreateTableAsStmt, RenameStmt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import RangeVar

CARD = Card(
    code="WB485",
    name="backfill-in-ddl-transaction",
    severity=Severity.ERROR,
    title="Rows are written while the table is locked against everybody else",
    condition="UPDATE or DELETE of rows of a table that was there before the file, or an INSERT that copies such a "
    "table, in one transaction with an ALTER TABLE, RENAME, CREATE INDEX or CREATE TRIGGER before it on such a table; "
    "a warning where its WHERE names values.",
    effect="The lock of the change before it, mostly ACCESS EXCLUSIVE, which blocks reads and writes, is held until "
    "the last row is written.",
    remedy="Write the rows in a migration of their own, in batches.",
    safe="UPDATE orders SET state = 'open' WHERE state IS NULL AND id BETWEEN 1 AND 10000;",
    measured=("add col nullable", "add col const default", "rename col"),
    lock=LockMode.ACCESS_EXCLUSIVE,
    rewrites=False,
    scans=False,
    sources=("https://www.postgresql.org/docs/current/explicit-locking.html",),
)
KINDS = ("UpdateStmt", "DeleteStmt", "InsertStmt")
_LOCKING = ("AlterTableStmt", "RenameStmt", "IndexStmt", "CreateTrigStmt")
_WEAK = (
    "AT_ValidateConstraint",
    "AT_SetStatistics",
    "AT_SetOptions",
    "AT_ResetOptions",
    "AT_SetRelOptions",
    "AT_ResetRelOptions",
    "AT_ClusterOn",
    "AT_DropCluster",
    "AT_AttachPartition",
)
"""Subcommands under which others go on writing."""


def check(statement: Statement, node: Any, context: Context) -> Iterator[Found]:
    """Look at an UPDATE, DELETE or INSERT."""
    earlier = together(context.earlier.of(*_LOCKING), statement)
    if not earlier or is_servers_own(node.relation, context):
        return
    if statement.kind == "InsertStmt":
        how = copied(statement, context)
    else:
        table = context.relation(node.relation)
        how = Reach.SOME if context.is_new(node.relation) else reach(statement)
        if how is Reach.SOME and (context.is_new(node.relation) or picks_few(node.where_clause, table)):
            return
    if statement.kind == "InsertStmt" and how is Reach.SOME:
        return
    for other in earlier:
        if (locked := _locked(other, context)) is not None:
            line = statement.file.position(other.start)[0]
            message = f"rows are written while {locked} is locked since line {line}"
            yield Found(message, severity=Severity.WARNING if how is Reach.SOME else Severity.ERROR)
            return


def _locked(statement: Statement, context: Context) -> str | None:
    """Return the table, from before the file, that a statement keeps others from writing."""
    node = statement.node
    if node.relation is None or (statement.kind == "IndexStmt" and node.concurrent) or _own(node.relation, context):
        return None
    if statement.kind == "RenameStmt" and node.rename_type not in ("OBJECT_TABLE", "OBJECT_COLUMN"):
        return None
    if statement.kind == "AlterTableStmt":
        strong = any(one.command.subtype not in _WEAK for one in node.cmds)
        if node.objtype != "OBJECT_TABLE" or not strong:
            return None
    return str(node.relation.relname)


def _own(written: RangeVar, context: Context) -> bool:
    """Say whether the file made a relation, even if that has another name by now or is gone."""
    name = context.catalog.name_of(written)
    before = context.before.relations.get(name) if context.before is not None else None
    if before is not None:
        return context.is_fresh(before)
    if name in context.catalog.relations:
        return context.is_new(name)
    return any(_made(one.node) == name[1] for one in context.earlier.that(_makes))


def _makes(statement: Statement) -> bool:
    """Say whether a statement makes a table, or gives one another name."""
    kind = statement.kind
    return kind in ("CreateStmt", "CreateTableAsStmt") or (
        kind == "RenameStmt" and statement.node.rename_type == "OBJECT_TABLE"
    )


def _made(node: Any) -> str:
    if isinstance(node, RenameStmt):
        return node.newname
    relation = node.into.rel if isinstance(node, CreateTableAsStmt) else node.relation
    return str(relation.relname)
