"""Does a new unique constraint stop reads and writes while its index is built?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.altered_table import has_rows, partitioned, table_constraint
from whimbrel.lint.found import Found
from whimbrel.pg_types.lock_mode import LockMode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import AlterTableCmd

CARD = Card(
    code="WB109",
    name="add-unique-constraint",
    severity=Severity.ERROR,
    title="A new unique constraint stops reads and writes while its index is built",
    condition="ALTER TABLE … ADD UNIQUE (…) on a table that was there before the file.",
    effect="It takes an ACCESS EXCLUSIVE lock on the table and builds an index under it: reads and writes wait until "
    "it is built.",
    remedy="Build a unique index CONCURRENTLY, then make it a constraint with USING INDEX, which takes a moment.",
    safe="CREATE UNIQUE INDEX CONCURRENTLY users_email_key ON users (email);\n"
    "-- in a later migration\n"
    "ALTER TABLE users ADD CONSTRAINT users_email_key UNIQUE USING INDEX users_email_key;",
    measured=("add UNIQUE",),
    lock=LockMode.ACCESS_EXCLUSIVE,
    rewrites=False,
    scans=True,
    sources=(
        "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT-USING-INDEX",
    ),
)
KINDS = ("AT_AddConstraint",)


def check(statement: Statement, node: AlterTableCmd, context: Context) -> Iterator[Found]:
    """Look at an ADD CONSTRAINT."""
    constraint = table_constraint(node, "CONSTR_UNIQUE")
    if constraint is None or constraint.indexname or not has_rows(statement, context):
        return
    written, remedy = statement.node.relation, ""
    if partitioned(statement, context) is not None:
        if not written.inh:
            return
        remedy = _PARTITIONED
    name = constraint.conname or "the index of a new unique constraint"
    yield Found(f"building {name} stops reads and writes of {written.relname}", remedy=remedy)


_PARTITIONED = (
    "Add the constraint with ALTER TABLE ONLY, give each partition its like by way of a unique index built "
    "CONCURRENTLY, and attach each with ALTER INDEX … ATTACH PARTITION: a partitioned table knows no USING INDEX."
)
