"""Does code run that still leaves out a column which may not be NULL any more?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.lint.later import commands
from whimbrel.schema.catalog import ConstraintKind
from whimbrel.schema.proves_not_null import proves_not_null

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.schema.catalog import Constraint, Type
    from whimbrel.sql.tree import AlterTableCmd

CARD = Card(
    code="WB377",
    name="set-not-null-breaks-writers",
    severity=Severity.WARNING,
    title="Running code may still write NULL",
    condition="SET NOT NULL in an up file on a column without a default, of a table that was there before the release.",
    effect="Each INSERT of the running release that leaves the column out, or writes NULL, fails with 23502.",
    remedy="Set a default first, or release code that always writes the column; set NOT NULL in a later release.",
    safe="ALTER TABLE orders ALTER COLUMN state SET DEFAULT 'new';",
    sources=("https://www.postgresql.org/docs/current/sql-altertable.html",),
    up_only=True,
)
KINDS = ("AT_SetNotNull",)


def check(statement: Statement, node: AlterTableCmd, context: Context) -> Iterator[Found]:
    """Look at a SET NOT NULL."""
    alter = statement.node
    if context.is_new(alter.relation):
        return
    table = context.relation(alter.relation)
    column = table.columns.get(node.name) if table is not None else None
    if column is not None and (column.not_null or column.has_default or column.identity or column.generated):
        return
    if table is not None and any(_refuses_null(one, node.name) for one in table.constraints.values()):
        return
    if column is not None and _domain_fills(column.type, context):
        return
    if any(_fills(command, node.name) for command in commands(statement, alter.relation)):
        return
    if any(_fills(one.command, node.name) for one in alter.cmds):
        return
    yield Found(
        f"code that leaves {node.name} of {alter.relation.relname} out, or writes NULL to it, fails from now on"
    )


def _domain_fills(type_: Type, context: Context) -> bool:
    """Say whether a type is a domain that brings a default, or that refuses NULL already."""
    domain = context.catalog.types.get((type_.schema, type_.name)) if type_.schema and not type_.array else None
    return domain is not None and (domain.not_null or domain.has_default)


def _refuses_null(constraint: Constraint, column: str) -> bool:
    """Say whether a CHECK, validated or not, refuses new rows with NULL already."""
    return (
        constraint.kind is ConstraintKind.CHECK
        and constraint.enforced
        and proves_not_null(constraint.expression, column)
    )


def _fills(command: AlterTableCmd, column: str) -> bool:
    default = command.subtype == "AT_ColumnDefault" and command.definition is not None
    return command.name == column and (default or command.subtype == "AT_AddIdentity")
