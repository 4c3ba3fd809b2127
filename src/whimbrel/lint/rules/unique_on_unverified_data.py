"""May rows that are there break a new uniqueness?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.emptied import holds_no_rows, is_emptied
from whimbrel.lint.found import Found
from whimbrel.lint.rule import PlacedConstraint
from whimbrel.schema.types import SERIAL
from whimbrel.sql.tree import names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.schema.catalog import Relation
    from whimbrel.sql.tree import AlterTableCmd

CARD = Card(
    code="WB488",
    name="unique-on-unverified-data",
    severity=Severity.WARNING,
    title="Rows that are there may break the new uniqueness",
    condition="CREATE UNIQUE INDEX, or a UNIQUE or PRIMARY KEY constraint that builds its own index, on columns of a "
    "table that were there before the file and that nothing kept unique before.",
    effect="Where two rows are alike the migration fails (23505); with CONCURRENTLY an index that does not work is "
    "left behind and must be dropped.",
    remedy="Look for rows that are alike before, and decide what becomes of them.",
    safe="SELECT email, count(*) FROM users GROUP BY email HAVING count(*) > 1;",
    sources=("https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY",),
    up_only=True,
)
KINDS = ("IndexStmt", "Constraint:CONSTR_UNIQUE", "Constraint:CONSTR_PRIMARY")
_KEYS = ("CONSTR_UNIQUE", "CONSTR_PRIMARY")


def check(statement: Statement, node: Any, context: Context) -> Iterator[Found]:
    """Look at a CREATE INDEX and at a constraint."""
    if isinstance(node, PlacedConstraint):
        constraint = node.constraint
        if node.created or node.column is not None or constraint.contype not in _KEYS or constraint.indexname:
            return
        relation, distinct = node.relation, not constraint.nulls_not_distinct and constraint.contype != _KEYS[1]
        columns: tuple[str, ...] = names(constraint.keys)
    else:
        if not node.unique:
            return
        relation, distinct = node.relation, not node.nulls_not_distinct
        columns = tuple(one.element.name for one in node.index_params)
    if context.is_new(relation):
        return
    if is_emptied(statement, relation, context) or holds_no_rows(relation, context):
        return
    if (
        distinct
        and statement.kind == "AlterTableStmt"
        and any(_added(one.command, columns) for one in statement.node.cmds)
    ):
        return
    table = context.relation(relation)
    if table is not None and (_empty(table, columns, context, distinct=distinct) or _unique(table, columns, context)):
        return
    listed = ", ".join(name or "an expression" for name in columns)
    picked = " that its WHERE picks" if not isinstance(node, PlacedConstraint) and node.where_clause else ""
    yield Found(f"this fails where two rows of {relation.relname}{picked} are alike in {listed}")


def _added(command: AlterTableCmd, columns: tuple[str, ...]) -> bool:
    """Say whether the same statement adds one of the columns, without a value."""
    column = command.definition.column if command.definition is not None else None
    if command.subtype != "AT_AddColumn" or column is None or column.colname not in columns:
        return False
    kinds = {one.constraint.contype for one in column.constraints if one.constraint is not None}
    parts = names(column.type_name.names) if column.type_name is not None else ("",)
    return not kinds & {"CONSTR_DEFAULT", "CONSTR_IDENTITY", "CONSTR_GENERATED"} and parts[-1] not in SERIAL


def _empty(table: Relation, columns: tuple[str, ...], context: Context, *, distinct: bool) -> bool:
    """Say whether one of the columns came with the file, without a value: then no two rows are alike."""
    own = [table.columns[name] for name in columns if name in table.columns]
    return distinct and any(
        one.born >= context.file.ordinal and not one.has_default and not one.identity for one in own
    )


def _unique(table: Relation, columns: tuple[str, ...], context: Context) -> bool:
    """Say whether a unique index, now or before the file, is on some of the columns."""
    before = context.before.relations.get(table.name) if context.before is not None else None
    wanted = set(columns)
    return any(
        index.unique and not index.partial and not index.only and wanted.issuperset(index.columns)
        for one in (table, before)
        if one is not None
        for index in one.indexes.values()
    )
