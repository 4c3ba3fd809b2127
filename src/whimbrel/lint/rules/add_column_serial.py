"""Does a new serial column write the table anew?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.altered_table import gains_column
from whimbrel.lint.found import Found
from whimbrel.pg_types.lock_mode import LockMode
from whimbrel.schema.types import SERIAL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import AlterTableCmd

CARD = Card(
    code="WB117",
    name="add-column-serial",
    severity=Severity.ERROR,
    title="A new serial column writes the table anew",
    condition="ALTER TABLE … ADD COLUMN of type serial, bigserial or smallserial on a table that was there before the "
    "file.",
    effect="It takes an ACCESS EXCLUSIVE lock and numbers each row, which writes the table and all its indexes anew: "
    "reads and writes wait.",
    remedy="Add a plain column, give it a sequence as default, and fill the old rows in batches.",
    safe="ALTER TABLE orders ADD COLUMN number bigint;\n"
    "CREATE SEQUENCE orders_number_seq OWNED BY orders.number;\n"
    "ALTER TABLE orders ALTER COLUMN number SET DEFAULT nextval('orders_number_seq');",
    measured=("add col serial",),
    lock=LockMode.ACCESS_EXCLUSIVE,
    rewrites=True,
    scans=True,
    sources=("https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-SERIAL",),
)
KINDS = ("AT_AddColumn",)


def check(statement: Statement, node: AlterTableCmd, context: Context) -> Iterator[Found]:
    """Look at an ADD COLUMN."""
    column = node.definition.column if node.definition is not None else None
    if column is None or column.type_name is None or len(column.type_name.names) != 1:
        return
    written = column.type_name.names[0].string
    if written is None or written.sval not in SERIAL or not gains_column(statement, node, context):
        return
    yield Found(f"adding {column.colname} numbers each row, which writes {statement.node.relation.relname} anew")
