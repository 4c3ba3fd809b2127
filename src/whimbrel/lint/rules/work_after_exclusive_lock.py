"""Does long work run while the transaction keeps an ACCESS EXCLUSIVE lock on another table?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.few_rows import picks_few
from whimbrel.lint.found import Found
from whimbrel.lint.servers_own import is_servers_own
from whimbrel.pg_types.lock_mode import LockMode
from whimbrel.schema.catalog import written
from whimbrel.sql.expression import relations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from msgspec import Raw

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.lint.held_locks import HeldLocks
    from whimbrel.schema.catalog import Name

CARD = Card(
    code="WB247",
    name="work-after-exclusive-lock",
    severity=Severity.WARNING,
    title="Long work runs under the lock of an earlier statement",
    condition="UPDATE, DELETE, INSERT from a query, MERGE, COPY, CREATE TABLE AS, REFRESH MATERIALIZED VIEW or "
    "VALIDATE CONSTRAINT on rows that were there before the file, in a transaction that has locked another table in "
    "ACCESS EXCLUSIVE mode; the first of them. Rows of the same table are backfill-in-ddl-transaction's.",
    effect="A lock is kept until its transaction ends: reads and writes of the first table wait until the work on "
    "the second one is done.",
    remedy="Put the work into a file of its own, or before the statement that takes the lock.",
    safe="UPDATE orders SET status = 'open' WHERE status IS NULL;",
    measured=("add col nullable", "drop col"),
    lock=LockMode.ACCESS_EXCLUSIVE,
    sources=("https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES",),
)
KINDS = ("Locks",)


def check(statement: Statement, node: HeldLocks, context: Context) -> Iterator[Found]:
    """Look at each statement's locks, and at what it does under those of others."""
    if not node.held or node.worked or statement.kind not in _WORK:
        return
    own = _rows(statement, context)
    if own is None or (own in node.held and node.held[own].mode is LockMode.ACCESS_EXCLUSIVE):
        return
    for name, taken in node.held.items():
        first = taken.statement
        if taken.mode is not LockMode.ACCESS_EXCLUSIVE:
            continue
        if first.kind == "DropStmt" and name not in context.catalog.relations:
            continue
        node.worked = True
        line = first.file.position(first.start)[0]
        yield Found(f"reads and writes of {written(name)} wait until this is done, for the lock of line {line}")
        return


_WORK = frozenset(
    {
        "UpdateStmt", "DeleteStmt", "InsertStmt", "MergeStmt", "CopyStmt", "CreateTableAsStmt", "RefreshMatViewStmt",
        "AlterTableStmt",
    }
)  # fmt: skip


def _rows(statement: Statement, context: Context) -> Name | None:
    """Return the relation whose rows are read or written at length, if they were there before."""
    node: Any = statement.node
    match statement.kind:
        case "UpdateStmt" | "DeleteStmt":
            few = picks_few(node.where_clause, context.relation(node.relation))
            if few or is_servers_own(node.relation, context):
                return None
        case "InsertStmt":
            return _source(node.select_stmt, context)
        case "CreateTableAsStmt":
            return None if node.into.skip_data else _source(node.query, context)
        case "CopyStmt":
            return context.catalog.name_of(node.relation) if node.relation is not None and node.filename else None
        case "AlterTableStmt":
            if not any(one.command.subtype == "AT_ValidateConstraint" for one in node.cmds):
                return None
    return None if context.is_new(node.relation) else context.catalog.name_of(node.relation)


def _source(query: Raw, context: Context) -> Name | None:
    """Return a relation that a query reads and that was there before."""
    for schema, name in relations(query):
        found = context.catalog.resolve(schema, name)
        if not context.is_new(found):
            return found
    return None
