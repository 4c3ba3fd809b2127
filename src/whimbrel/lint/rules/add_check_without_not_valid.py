"""Does a new CHECK read the whole table while nobody can use it?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.altered_table import has_rows, table_constraint
from whimbrel.lint.found import Found
from whimbrel.pg_types.lock_mode import LockMode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import AlterTableCmd

CARD = Card(
    code="WB105",
    name="add-check-without-not-valid",
    severity=Severity.ERROR,
    title="A new CHECK stops reads and writes while all rows are checked",
    condition="ALTER TABLE … ADD CHECK without NOT VALID on a table that was there before the file.",
    effect="It takes an ACCESS EXCLUSIVE lock and reads the whole table under it: reads and writes wait until all rows "
    "are checked.",
    remedy="Add the CHECK as NOT VALID, and validate it in a later migration: that lets reads and writes go on.",
    safe="ALTER TABLE orders ADD CONSTRAINT orders_total_check CHECK (total >= 0) NOT VALID;\n"
    "-- in a later migration\n"
    "ALTER TABLE orders VALIDATE CONSTRAINT orders_total_check;",
    measured=("add CHECK", "add check on partitioned parent"),
    lock=LockMode.ACCESS_EXCLUSIVE,
    rewrites=False,
    scans=True,
    sources=("https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES",),
)
KINDS = ("AT_AddConstraint",)


def check(statement: Statement, node: AlterTableCmd, context: Context) -> Iterator[Found]:
    """Look at an ADD CONSTRAINT."""
    constraint = table_constraint(node, "CONSTR_CHECK")
    # NOT ENFORCED (18) sets it too.
    if constraint is None or constraint.skip_validation or not has_rows(statement, context):
        return
    table = statement.node.relation.relname
    yield Found(f"checking {constraint.conname or 'a new CHECK'} stops reads and writes of {table} for all its rows")
