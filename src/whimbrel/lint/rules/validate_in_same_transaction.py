"""Is a constraint validated under the strong lock that added it?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.file import together
from whimbrel.lint.found import Found
from whimbrel.pg_types.lock_mode import LockMode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.schema.catalog import Relation
    from whimbrel.sql.tree import AlterTableCmd, AlterTableStmt, Constraint

CARD = Card(
    code="WB246",
    name="validate-in-same-transaction",
    severity=Severity.ERROR,
    title="A constraint is validated under the lock that added it",
    condition="VALIDATE CONSTRAINT in the transaction that adds the constraint NOT VALID, on a table that was there "
    "before the file.",
    effect="Adding it took ACCESS EXCLUSIVE on the table, or for a foreign key SHARE ROW EXCLUSIVE on both tables, "
    "and the lock stays until the transaction ends: reads and writes, or writes, wait while the table is read "
    "through. VALIDATE in a transaction of its own takes SHARE UPDATE EXCLUSIVE, which stops neither.",
    remedy="Put VALIDATE CONSTRAINT into the next file.",
    safe="ALTER TABLE orders VALIDATE CONSTRAINT orders_total_positive;",
    measured=("add CHECK NOT VALID", "add FK NOT VALID", "validate CHECK", "validate FK"),
    lock=LockMode.ACCESS_EXCLUSIVE,
    rewrites=False,
    sources=("https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES",),
)
KINDS = ("AT_ValidateConstraint",)


def check(statement: Statement, node: AlterTableCmd, context: Context) -> Iterator[Found]:
    """Look at a VALIDATE CONSTRAINT."""
    table: AlterTableStmt = statement.node
    if context.is_new(table.relation):
        return
    added = _added(statement, node.name, context)
    if added is None:
        return
    waits = "writes" if added.contype == "CONSTR_FOREIGN" else "reads and writes"
    yield Found(
        f"{table.relation.relname} is read through to check {node.name} while {waits} wait for the lock that added it"
    )


def _added(statement: Statement, name: str, context: Context) -> Constraint | None:
    """Return the constraint, where this transaction has added it without checking rows."""
    own = context.catalog.name_of(statement.node.relation)
    relation = context.catalog.relations.get(own)
    for other in (statement, *reversed(together(context.earlier.altering(own[1]), statement))):
        if context.catalog.name_of(other.node.relation) != own:
            continue
        for one in other.node.cmds:
            definition = one.command.definition
            if one.command.subtype != "AT_AddConstraint" or definition is None or definition.constraint is None:
                continue
            constraint: Constraint = definition.constraint
            named = constraint.conname == name or (not constraint.conname and _is_fresh(relation, name, context))
            if constraint.skip_validation and named:
                return constraint
    return None


def _is_fresh(relation: Relation | None, name: str, context: Context) -> bool:
    """Say whether the file made a constraint of this name and left the name to the server."""
    known = relation.constraints.get(name) if relation is not None else None
    return known is not None and known.generated_name and known.born == context.file.ordinal
