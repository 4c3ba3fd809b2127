"""Has an added constraint a name that somebody chose?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.lint.rule import PlacedConstraint

CARD = Card(
    code="WB520",
    name="implicit-constraint-name",
    severity=Severity.ADVICE,
    title="An added constraint without a name",
    condition=(
        "ALTER TABLE that adds a constraint without CONSTRAINT and a name to a table that was there before the file."
    ),
    effect=(
        "The server makes a name up from the table, the columns and what is free: databases with another "
        "history may have another, and then a later DROP CONSTRAINT or VALIDATE CONSTRAINT fails there. Error "
        "messages carry the name too."
    ),
    remedy="Write CONSTRAINT and a name that says what it demands.",
    safe="ALTER TABLE orders ADD CONSTRAINT orders_total_positive CHECK (total > 0) NOT VALID;",
    sources=("https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-CHECK-CONSTRAINTS",),
    up_only=True,
)
_KINDS = {
    "CONSTR_CHECK": "CHECK",
    "CONSTR_PRIMARY": "PRIMARY KEY",
    "CONSTR_UNIQUE": "UNIQUE",
    "CONSTR_FOREIGN": "FOREIGN KEY",
    "CONSTR_EXCLUSION": "EXCLUDE",
}
KINDS = tuple(f"Constraint:{contype}" for contype in _KINDS)


def check(statement: Statement, node: PlacedConstraint, context: Context) -> Iterator[Found]:
    """Look at a constraint."""
    if node.created:
        return
    kind = _KINDS.get(node.constraint.contype)
    if kind is None or node.constraint.conname or node.constraint.indexname or context.is_new(node.relation):
        return
    message = f"the server makes up the name of this {kind} on {node.relation.relname}"
    yield Found(message, statement.at(node.constraint.location))
