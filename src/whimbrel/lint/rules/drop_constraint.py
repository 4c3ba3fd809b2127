"""Does a CHECK or an exclusion constraint go that running code may count on?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.lint.later import commands
from whimbrel.schema.catalog import ConstraintKind
from whimbrel.schema.proves_not_null import proves_not_null
from whimbrel.sql.tree import AlterDomainStmt, names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.schema.catalog import Constraint, Relation
    from whimbrel.sql.tree import AlterTableCmd

CARD = Card(
    code="WB706",
    name="drop-constraint",
    severity=Severity.ADVICE,
    title="A constraint goes that running code may count on",
    condition=(
        "DROP CONSTRAINT of a CHECK, an exclusion constraint, or one that is not known, in an up file, on a table or "
        "domain that was there before the release, where the same transaction adds none on a column of it."
    ),
    effect=(
        "Rows get in that the constraint kept out; code that counts on it meets them. UNIQUE, primary and foreign "
        "keys have rules of their own."
    ),
    remedy="Release code that copes with such rows first.",
    sources=("https://www.postgresql.org/docs/current/sql-altertable.html",),
    up_only=True,
)
KINDS = ("AT_DropConstraint", "AlterDomainStmt")


_KINDS = (ConstraintKind.CHECK, ConstraintKind.EXCLUSION)


def check(statement: Statement, node: AlterTableCmd | AlterDomainStmt, context: Context) -> Iterator[Found]:
    """Look at a DROP CONSTRAINT."""
    if isinstance(node, AlterDomainStmt):
        known = context.catalog.user_type(names(node.type_name))
        if node.subtype == "X" and (known is None or not context.is_fresh(known)):
            yield Found(f"values of {names(node.type_name)[-1]} get in that {node.name} kept out")
        return
    relation = statement.node.relation
    if context.is_new(relation):
        return
    table = context.relation(relation)
    constraint = table.constraints.get(node.name) if table is not None else None
    if constraint is not None and (constraint.kind not in _KINDS or context.is_fresh(constraint)):
        return
    if constraint is None and table is not None and (table.complete or node.name in table.indexes):
        return
    if constraint is not None and table is not None and _says_not_null(table, constraint):
        return
    if not any(command.subtype == "AT_AddConstraint" for command in commands(statement, relation, node)):
        yield Found(f"rows get into {relation.relname} that {node.name} kept out")


def _says_not_null(table: Relation, check: Constraint) -> bool:
    """Say whether a CHECK says only what NOT NULL of a column says too."""
    return any(
        column in table.columns and table.columns[column].not_null and proves_not_null(check.expression, column)
        for column in check.columns
    )
