"""Does a new stored column write the table anew?"""

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
    code="WB119",
    name="add-stored-generated",
    severity=Severity.ERROR,
    title="A new stored generated column writes the table anew",
    condition="ALTER TABLE … ADD COLUMN … GENERATED ALWAYS AS (…) STORED on a table that was there before the file.",
    effect="It takes an ACCESS EXCLUSIVE lock and computes each row, which writes the table and all its indexes anew: "
    "reads and writes wait. From PostgreSQL 18 on a VIRTUAL column takes a moment, and is what GENERATED means without "
    "a word.",
    remedy="Add a plain column, keep it by a trigger and fill the old rows in batches; from PostgreSQL 18 on write "
    "VIRTUAL where the column need not be stored.",
    safe="ALTER TABLE orders ADD COLUMN gross numeric;\n"
    "CREATE TRIGGER orders_gross BEFORE INSERT OR UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION set_gross();",
    measured=("add col generated stored",),
    lock=LockMode.ACCESS_EXCLUSIVE,
    rewrites=True,
    scans=True,
    sources=("https://www.postgresql.org/docs/current/ddl-generated-columns.html",),
)
KINDS = ("AT_AddColumn",)


def check(statement: Statement, node: AlterTableCmd, context: Context) -> Iterator[Found]:
    """Look at an ADD COLUMN."""
    generated = column_constraint(node, "CONSTR_GENERATED")
    if generated is None or generated.generated_kind != "s" or not gains_column(statement, node, context):
        return
    table = statement.node.relation.relname
    yield Found(f"adding {column_name(node)} computes each row, which writes {table} anew")
