"""Has a new table's constraint a name that somebody chose?"""

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
    code="WB531",
    name="implicit-constraint-name-in-create",
    severity=Severity.ADVICE,
    title="A constraint of a new table without a name",
    condition=(
        "A constraint without CONSTRAINT and a name in CREATE TABLE, or added to a table that the same file "
        "makes; primary keys and NOT NULL are left out."
    ),
    effect=(
        "The server makes a name up from the table and the columns. A later statement that drops or changes "
        "the constraint has to know it, and error messages carry it."
    ),
    remedy="Write CONSTRAINT and a name that says what it demands.",
    safe=(
        "CREATE TABLE orders (id bigint PRIMARY KEY, total numeric CONSTRAINT orders_total_positive CHECK (total > 0));"
    ),
    on=False,
    sources=("https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-CHECK-CONSTRAINTS",),
    up_only=True,
)
_KINDS = {
    "CONSTR_CHECK": "CHECK",
    "CONSTR_UNIQUE": "UNIQUE",
    "CONSTR_FOREIGN": "FOREIGN KEY",
    "CONSTR_EXCLUSION": "EXCLUDE",
}
KINDS = tuple(f"Constraint:{contype}" for contype in _KINDS)


def check(statement: Statement, node: PlacedConstraint, context: Context) -> Iterator[Found]:
    """Look at a constraint."""
    kind = _KINDS.get(node.constraint.contype)
    if kind is None or node.constraint.conname or node.constraint.indexname:
        return
    if node.created or context.is_new(node.relation):
        message = f"the server makes up the name of this {kind} on {node.relation.relname}"
        yield Found(message, statement.at(node.constraint.location))
