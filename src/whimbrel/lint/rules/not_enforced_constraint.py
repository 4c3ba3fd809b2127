"""Does a constraint say what nobody checks?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.lint.rule import PlacedConstraint
from whimbrel.pg_types.lock_mode import LockMode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import AlterTableCmd

CARD = Card(
    code="WB527",
    name="not-enforced-constraint",
    severity=Severity.ADVICE,
    title="A constraint that is not enforced",
    condition="A CHECK or foreign key that is NOT ENFORCED, from PostgreSQL 18 on.",
    effect=(
        "It documents a rule that rows may break: neither old nor new ones are checked. To enforce a foreign "
        "key later, ALTER CONSTRAINT … ENFORCED takes an ACCESS EXCLUSIVE lock and reads both tables through; "
        "a CHECK cannot be altered so, it is dropped and added again."
    ),
    remedy="Use NOT VALID, which checks new rows, and VALIDATE CONSTRAINT later.",
    safe="ALTER TABLE orders ADD CONSTRAINT orders_total_positive CHECK (total > 0) NOT VALID;",
    on=False,
    measured=("alter constraint ENFORCED fk (18)",),
    lock=LockMode.ACCESS_EXCLUSIVE,
    rewrites=False,
    scans=True,
    since=18,
    sources=("https://www.postgresql.org/docs/current/sql-createtable.html#SQL-CREATETABLE-PARMS-ENFORCED",),
    up_only=True,
)
KINDS = (
    "Constraint",
    "AT_AlterConstraint",
)


def check(statement: Statement, node: PlacedConstraint | AlterTableCmd, context: Context) -> Iterator[Found]:
    """Look at a constraint, or at ALTER CONSTRAINT."""
    if context.version < CARD.since:
        return
    if isinstance(node, PlacedConstraint):
        written = node.constraint
        silent = written.contype in ("CONSTR_CHECK", "CONSTR_FOREIGN") and not written.is_enforced
        if silent or written.contype == "CONSTR_ATTR_NOT_ENFORCED":
            what = written.conname or "a constraint"
            yield Found(f"{what} of {node.relation.relname} is checked by nobody", statement.at(written.location))
        return
    change = node.definition.alter_constraint if node.definition is not None else None
    if change is not None and change.alter_enforceability and not change.is_enforced:
        yield Found(f"{change.conname} of {statement.node.relation.relname} is checked by nobody from now on")
