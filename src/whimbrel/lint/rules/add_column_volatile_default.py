"""Must a new column's default be written row by row?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.altered_table import column_constraint, column_name, gains_column
from whimbrel.lint.found import Found
from whimbrel.pg_types.lock_mode import LockMode
from whimbrel.schema.volatility import volatile_function

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import AlterTableCmd

CARD = Card(
    code="WB116",
    name="add-column-volatile-default",
    severity=Severity.ERROR,
    title="A new column with a volatile default writes the table anew",
    condition="ALTER TABLE … ADD COLUMN … DEFAULT with a volatile function, on a table that was there before the file.",
    effect="It takes an ACCESS EXCLUSIVE lock and writes the table and all its indexes anew under it: reads and writes "
    "wait. A constant, or a function such as now() that is not volatile, takes a moment.",
    remedy="Add the column without a default, set the default after it, and fill the old rows in batches.",
    safe="ALTER TABLE users ADD COLUMN token uuid;\n"
    "ALTER TABLE users ALTER COLUMN token SET DEFAULT gen_random_uuid();",
    measured=(
        "add col default random() (volatile)",
        "add col default gen_random_uuid()",
        "add col default clock_timestamp()",
    ),
    lock=LockMode.ACCESS_EXCLUSIVE,
    rewrites=True,
    scans=True,
    sources=("https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES",),
)
KINDS = ("AT_AddColumn",)


def check(statement: Statement, node: AlterTableCmd, context: Context) -> Iterator[Found]:
    """Look at an ADD COLUMN."""
    default = column_constraint(node, "CONSTR_DEFAULT")
    if default is None:
        return
    function = volatile_function(default.raw_expr, context.catalog)
    if function is None or not gains_column(statement, node, context):
        return
    table = statement.node.relation.relname
    yield Found(f"adding {column_name(node)} writes {table} anew, because {function}() differs from row to row")
