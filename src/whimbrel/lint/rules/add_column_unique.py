"""Does a new column with UNIQUE stop reads and writes while its index is built?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.altered_table import column_constraint, column_name, gains_column
from whimbrel.lint.found import Found
from whimbrel.pg_types.lock_mode import LockMode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import AlterTableCmd

CARD = Card(
    code="WB110",
    name="add-column-unique",
    severity=Severity.ERROR,
    title="A new column with UNIQUE stops reads and writes while its index is built",
    condition="ALTER TABLE … ADD COLUMN … UNIQUE on a table that was there before the file.",
    effect="It takes an ACCESS EXCLUSIVE lock on the table and builds an index of all its rows under it: reads and "
    "writes wait until it is built.",
    remedy="Add the column first, build a unique index CONCURRENTLY, then make it a constraint with USING INDEX.",
    safe="ALTER TABLE users ADD COLUMN email text;\n"
    "-- in a later migration\n"
    "CREATE UNIQUE INDEX CONCURRENTLY users_email_key ON users (email);\n"
    "-- in a later migration\n"
    "ALTER TABLE users ADD CONSTRAINT users_email_key UNIQUE USING INDEX users_email_key;",
    measured=("add col UNIQUE",),
    lock=LockMode.ACCESS_EXCLUSIVE,
    rewrites=False,
    scans=True,
    sources=(
        "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT-USING-INDEX",
    ),
)
KINDS = ("AT_AddColumn",)


def check(statement: Statement, node: AlterTableCmd, context: Context) -> Iterator[Found]:
    """Look at an ADD COLUMN."""
    if column_constraint(node, "CONSTR_UNIQUE") is None or not gains_column(statement, node, context):
        return
    table = statement.node.relation.relname
    yield Found(f"building the unique index of the new column {column_name(node)} stops reads and writes of {table}")
