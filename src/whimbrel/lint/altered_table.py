"""What does ALTER TABLE bring to a table that was there before, and has rows?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.lint.emptied import is_emptied
from whimbrel.schema.catalog import RelationKind

if TYPE_CHECKING:
    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.schema.catalog import Relation
    from whimbrel.sql.tree import AlterTableCmd, Constraint


def table_constraint(command: AlterTableCmd, kind: str) -> Constraint | None:
    """Return the constraint of ADD CONSTRAINT, None where it is of another kind (`CONSTR_…`)."""
    constraint = command.definition.constraint if command.definition is not None else None
    return constraint if constraint is not None and constraint.contype == kind else None


def column_constraint(command: AlterTableCmd, kind: str) -> Constraint | None:
    """Return the first constraint of a kind that ADD COLUMN writes behind its column; DEFAULT is one too."""
    column = command.definition.column if command.definition is not None else None
    if column is not None:
        for one in column.constraints:
            if one.constraint is not None and one.constraint.contype == kind:
                return one.constraint
    return None


def column_name(command: AlterTableCmd) -> str:
    """Return the name of ADD COLUMN's column."""
    column = command.definition.column if command.definition is not None else None
    return column.colname if column is not None else ""


def has_rows(statement: Statement, context: Context) -> bool:
    """Say whether the table of ALTER TABLE was there before, so that others wait for its locks and its rows are read.

    A table that is not known is taken for such a one. It is asked of the statement at hand, and looks once.
    """
    known = context.answers.get("has_rows")
    if known is None or known[0] is not statement:
        known = context.answers["has_rows"] = statement, _has_rows(statement, context)
    return bool(known[1])


def _has_rows(statement: Statement, context: Context) -> bool:
    node = statement.node
    if node.objtype != "OBJECT_TABLE" or context.is_new(node.relation):
        return False
    relation = context.relation(node.relation)
    if relation is not None and relation.kind not in (RelationKind.TABLE, RelationKind.PARTITIONED):
        return False
    return not is_emptied(statement, node.relation, context)


def gains_column(statement: Statement, command: AlterTableCmd, context: Context) -> bool:
    """Say whether such a table really gets ADD COLUMN's column, which it has not yet."""
    if not has_rows(statement, context):
        return False
    relation = context.relation(statement.node.relation)
    return relation is None or column_name(command) not in relation.columns


def partitioned(statement: Statement, context: Context) -> Relation | None:
    """Return the table of ALTER TABLE if it is known to be partitioned."""
    relation = context.relation(statement.node.relation)
    return relation if relation is not None and relation.kind is RelationKind.PARTITIONED else None
