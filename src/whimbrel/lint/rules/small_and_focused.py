"""Does a file do more than one thing?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.few_rows import picks_few
from whimbrel.lint.found import Found
from whimbrel.lint.made_again import created_here
from whimbrel.schema.catalog import written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import File, Statement
    from whimbrel.schema.catalog import Name
    from whimbrel.sql.tree import RangeVar

CARD = Card(
    code="WB266",
    name="small-and-focused",
    severity=Severity.ADVICE,
    title="A file does more than one thing",
    condition="An up file that creates more than one table and goes on to use them (indexes, foreign keys, rows, "
    "triggers), or that changes the schema and fills rows of a table that was there before. Its size does not matter.",
    effect="Such a file is undone as a whole or not at all, is harder to review, and keeps the locks of its first "
    "statement until its last one is done.",
    remedy="Give each table, and each filling of rows, a file of its own.",
    safe="CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);",
)
KINDS = ("UpFile",)
_USES = frozenset(
    {"IndexStmt", "AlterTableStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt", "CopyStmt", "CreateTrigStmt"}
)
_FILLS = frozenset({"InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"})
_CHANGES = frozenset(
    {
        "CreateStmt",
        "AlterTableStmt",
        "IndexStmt",
        "DropStmt",
        "RenameStmt",
        "CreateTableAsStmt",
        "AlterObjectSchemaStmt",
    }
)


def check(statement: None, node: File, context: Context) -> Iterator[Found]:
    """Look at a whole file."""
    if len(node.statements) < 2:
        return
    kinds = {one.kind for one in node.statements}
    if "CreateStmt" in kinds:
        yield from _tables(node, context)
    if kinds.isdisjoint(_FILLS) or kinds.isdisjoint(_CHANGES):
        return
    changes = False
    filled: Statement | None = None
    for one in node.statements:
        changes = changes or one.kind in _CHANGES
        filled = filled or (one if _fills(one, context) else None)
        if changes and filled is not None:
            table = filled.node.relation.relname
            yield Found(f"the file changes the schema and fills rows of {table} too", filled.start, filled.end)
            return


def _tables(file: File, context: Context) -> Iterator[Found]:
    created: dict[Name, Statement] = {}
    used: dict[Name, None] = {}
    for one in file.statements:
        if one.kind in _USES and one.node.relation is not None:
            name = context.catalog.name_of(one.node.relation)
            if name in created:
                used[name] = None
        elif one.kind == "CreateStmt" and one.node.partbound is None and one.node.relation.relpersistence != "t":
            created[context.catalog.name_of(one.node.relation)] = one
            used |= {name: None for other in _referred(one.node) if (name := context.catalog.name_of(other)) in created}
    if len(used) > 1:
        at = created[list(used)[1]]
        names = ", ".join(map(written, list(used)[:3])) + (f" and {len(used) - 3} more" if len(used) > 3 else "")
        yield Found(f"the file creates {len(created)} tables and goes on to use {names}", at.start, at.end)


def _referred(table: Any) -> Iterator[RangeVar]:
    """Yield the tables, other than itself, that a new table's foreign keys refer to."""
    for element in table.table_elts:
        constraints = [element.constraint]
        if element.column is not None:
            constraints = [one.constraint for one in element.column.constraints]
        for one in constraints:
            if one is not None and one.pktable is not None and one.pktable.relname != table.relation.relname:
                yield one.pktable


def _fills(statement: Statement, context: Context) -> bool:
    """Say whether it writes many rows of a table that was there before."""
    node = statement.node
    match statement.kind:
        case "UpdateStmt" | "DeleteStmt":
            if picks_few(node.where_clause, context.relation(node.relation)):
                return False
        case "InsertStmt":
            if b'"fromClause"' not in bytes(node.select_stmt):
                return False
        case "MergeStmt":
            pass
        case _:
            return False
    return not context.is_new(node.relation) and not created_here(context, node.relation)
