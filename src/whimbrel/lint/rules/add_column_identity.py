"""Does a new identity column write the table anew?"""

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
    code="WB118",
    name="add-column-identity",
    severity=Severity.ERROR,
    title="A new identity column writes the table anew",
    condition="ALTER TABLE … ADD COLUMN … GENERATED … AS IDENTITY on a table that was there before the file.",
    effect="It takes an ACCESS EXCLUSIVE lock and numbers each row, which writes the table and all its indexes anew, "
    "just as serial does: reads and writes wait.",
    remedy="Add a plain column, give it a sequence as default, fill the old rows in batches, and make the filled "
    "column an identity, which takes a moment.",
    safe="ALTER TABLE orders ADD COLUMN number bigint;\n"
    "CREATE SEQUENCE orders_number_seq OWNED BY orders.number;\n"
    "ALTER TABLE orders ALTER COLUMN number SET DEFAULT nextval('orders_number_seq');",
    measured=("add col identity",),
    lock=LockMode.ACCESS_EXCLUSIVE,
    rewrites=True,
    scans=True,
    sources=("https://www.postgresql.org/docs/current/ddl-identity-columns.html",),
)
KINDS = ("AT_AddColumn",)


def check(statement: Statement, node: AlterTableCmd, context: Context) -> Iterator[Found]:
    """Look at an ADD COLUMN."""
    if column_constraint(node, "CONSTR_IDENTITY") is None or not gains_column(statement, node, context):
        return
    table = statement.node.relation.relname
    yield Found(f"adding {column_name(node)} numbers each row, which writes {table} anew")
