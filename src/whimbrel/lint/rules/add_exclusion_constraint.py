"""Does a new exclusion constraint stop reads and writes while its index is built?"""

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
    code="WB113",
    name="add-exclusion-constraint",
    severity=Severity.ERROR,
    title="A new exclusion constraint stops reads and writes while its index is built",
    condition="ALTER TABLE … ADD EXCLUDE on a table that was there before the file.",
    effect="It takes an ACCESS EXCLUSIVE lock on the table and builds an index under it: reads and writes wait until "
    "it is built. It can be neither NOT VALID nor made of an index.",
    remedy="Make a new table with the constraint, copy the rows in batches and swap the two; or do it while the "
    "application rests.",
    safe="CREATE TABLE bookings_new (LIKE bookings INCLUDING ALL, EXCLUDE USING gist (room WITH =, during WITH &&));",
    measured=("add EXCLUDE",),
    lock=LockMode.ACCESS_EXCLUSIVE,
    rewrites=False,
    scans=True,
    sources=("https://www.postgresql.org/docs/current/sql-createtable.html#SQL-CREATETABLE-EXCLUDE",),
)
KINDS = ("AT_AddConstraint",)


def check(statement: Statement, node: AlterTableCmd, context: Context) -> Iterator[Found]:
    """Look at an ADD CONSTRAINT."""
    constraint = table_constraint(node, "CONSTR_EXCLUSION")
    if constraint is None or not has_rows(statement, context):
        return
    table = statement.node.relation.relname
    name = constraint.conname or "the index of a new exclusion constraint"
    yield Found(f"building {name} stops reads and writes of {table}")
