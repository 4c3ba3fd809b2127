"""Must SET NOT NULL look for NULL in all rows?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.altered_table import has_rows, table_constraint
from whimbrel.lint.found import Found
from whimbrel.pg_types.lock_mode import LockMode
from whimbrel.schema.proves_not_null import is_proven_not_null
from whimbrel.sql.tree import names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import AlterTableCmd

CARD = Card(
    code="WB114",
    name="set-not-null-scans",
    severity=Severity.ERROR,
    title="SET NOT NULL stops reads and writes while all rows are read",
    condition="ALTER COLUMN … SET NOT NULL, or ADD CONSTRAINT … NOT NULL without NOT VALID, where no validated CHECK "
    "proves that the column holds no NULL, on a table that was there before the file.",
    # ADD CONSTRAINT … NOT NULL: "add NOT NULL constraint (18)", which only 18 has.
    effect="It takes an ACCESS EXCLUSIVE lock and reads the whole table for NULL under it: reads and writes wait. A "
    "validated CHECK spares the reading, but not one that the same ALTER TABLE validates.",
    remedy="Add CHECK (… IS NOT NULL) as NOT VALID, validate it in a later migration, then set NOT NULL and drop the "
    "CHECK.",
    safe="ALTER TABLE users ADD CONSTRAINT users_email_not_null CHECK (email IS NOT NULL) NOT VALID;\n"
    "-- in later migrations\n"
    "ALTER TABLE users VALIDATE CONSTRAINT users_email_not_null;\n"
    "ALTER TABLE users ALTER COLUMN email SET NOT NULL;\n"
    "ALTER TABLE users DROP CONSTRAINT users_email_not_null;",
    measured=(
        "set not null (no proof)",
        "set not null (only NOT VALID CHECK)",
        "set not null (NOT VALID CHECK validated in same stmt)",
        "set not null on partitioned parent",
    ),
    lock=LockMode.ACCESS_EXCLUSIVE,
    rewrites=False,
    scans=True,
    sources=("https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-SET-DROP-NOT-NULL",),
)
KINDS = ("AT_SetNotNull", "AT_AddConstraint")


def check(statement: Statement, node: AlterTableCmd, context: Context) -> Iterator[Found]:
    """Look at a SET NOT NULL or ADD CONSTRAINT."""
    column = node.name
    if node.subtype == "AT_AddConstraint":
        constraint = table_constraint(node, "CONSTR_NOTNULL")
        if constraint is None or constraint.skip_validation:
            return
        column = names(constraint.keys)[0]
    if not has_rows(statement, context):
        return
    relation = context.relation(statement.node.relation)
    if is_proven_not_null(relation, column) if relation is not None else _validated_before(statement, context):
        return
    remedy = _EIGHTEEN if context.version >= _NOT_NULL_NOT_VALID else ""
    yield Found(
        f"looking for NULL in {column} stops reads and writes of {statement.node.relation.relname}", remedy=remedy
    )


def _validated_before(statement: Statement, context: Context) -> bool:
    """Say whether the file has validated a constraint of the table, of which nothing else is known."""
    table = context.catalog.name_of(statement.node.relation)
    return any(
        one.command.subtype == "AT_ValidateConstraint"
        for earlier in context.earlier.altering(table[1])
        if context.catalog.name_of(earlier.node.relation) == table
        for one in earlier.node.cmds
    )


_NOT_NULL_NOT_VALID = 18
_EIGHTEEN = "Add the constraint as NOT NULL … NOT VALID, and validate it in a later migration."
