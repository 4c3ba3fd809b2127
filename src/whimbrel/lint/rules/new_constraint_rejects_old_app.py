"""Does a new constraint refuse what running code writes?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.sql.expression import columns as columns_in
from whimbrel.sql.tree import names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.schema.catalog import Relation
    from whimbrel.sql.tree import AlterTableCmd

CARD = Card(
    code="WB381",
    name="new-constraint-rejects-old-app",
    severity=Severity.ADVICE,
    title="A new constraint may refuse what running code writes",
    condition=(
        "ADD CONSTRAINT … CHECK, UNIQUE or EXCLUDE in an up file, on columns that running code writes; not "
        "where it takes the place of another on them."
    ),
    effect=(
        "It holds for new rows at once, also with NOT VALID: a statement of the running release that does not "
        "keep it fails with 23514, 23505 or 23P01."
    ),
    remedy="Release code that keeps it first.",
    on=False,
    sources=("https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT",),
    up_only=True,
)
KINDS = ("AT_AddConstraint",)


_KINDS = {"CONSTR_CHECK": "CHECK", "CONSTR_UNIQUE": "UNIQUE", "CONSTR_EXCLUSION": "EXCLUDE"}


def check(statement: Statement, node: AlterTableCmd, context: Context) -> Iterator[Found]:
    """Look at an ADD CONSTRAINT."""
    constraint = node.definition.constraint if node.definition is not None else None
    if constraint is None:
        return
    kind = _KINDS.get(constraint.contype)
    relation = statement.node.relation
    if kind is None or constraint.indexname or context.is_new(relation):
        return
    if constraint.contype == "CONSTR_CHECK" and not constraint.is_enforced:
        return
    columns = columns_in(constraint.raw_expr) or set(names(constraint.keys))
    if columns and columns <= set(_added(statement)):
        return
    table = context.relation(relation)
    if table is not None:
        known = [table.columns[column] for column in columns if column in table.columns]
        if known and all(context.is_fresh(column) for column in known):
            return
        if _replaces(statement, table, columns, context):
            return
    name = f" {constraint.conname}" if constraint.conname else ""
    yield Found(f"{kind}{name} refuses rows of code that does not keep it from now on, on {relation.relname}")


def _added(statement: Statement) -> Iterator[str]:
    """Yield the columns that the same ALTER TABLE adds."""
    for one in statement.node.cmds:
        definition = one.command.definition
        if one.command.subtype == "AT_AddColumn" and definition is not None and definition.column is not None:
            yield definition.column.colname


def _replaces(statement: Statement, table: Relation, columns: set[str], context: Context) -> bool:
    """Say whether the file drops another constraint, or a unique index, on one of the columns."""
    before = context.before.relations.get(table.name) if context.before is not None else None
    if before is None:
        return False
    dropped = {one.command.name for one in statement.node.cmds if one.command.subtype == "AT_DropConstraint"}
    return any(
        not columns.isdisjoint(old.columns) and (name in dropped or name not in table.constraints)
        for name, old in before.constraints.items()
    ) or any(
        old.unique and not columns.isdisjoint(old.columns) and name not in table.indexes
        for name, old in before.indexes.items()
    )
