"""Does a new expression of a stored column write the table anew?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.altered_table import has_rows
from whimbrel.lint.found import Found
from whimbrel.pg_types.lock_mode import LockMode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import AlterTableCmd

CARD = Card(
    code="WB120",
    name="set-expression-rewrites",
    severity=Severity.ERROR,
    title="A new expression of a stored column writes the table anew",
    condition="ALTER COLUMN … SET EXPRESSION on a table that was there before the file, unless the column is known to "
    "be VIRTUAL.",
    effect="It takes an ACCESS EXCLUSIVE lock and computes each row, which writes the table and all its indexes anew: "
    "reads and writes wait.",
    remedy="Add a new column, keep it by a trigger, fill the old rows in batches, and let the application change over.",
    safe="ALTER TABLE orders ADD COLUMN gross_new numeric;\n"
    "CREATE TRIGGER orders_gross BEFORE INSERT OR UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION set_gross();",
    measured=("set expression (17)",),
    lock=LockMode.ACCESS_EXCLUSIVE,
    rewrites=True,
    scans=True,
    since=17,
    sources=("https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-SET-EXPRESSION",),
)
KINDS = ("AT_SetExpression",)


def check(statement: Statement, node: AlterTableCmd, context: Context) -> Iterator[Found]:
    """Look at a SET EXPRESSION."""
    if context.version < CARD.since or not has_rows(statement, context):
        return
    relation = context.relation(statement.node.relation)
    column = relation.columns.get(node.name) if relation is not None else None
    if column is not None and column.generated == "v":
        return
    yield Found(f"computing {node.name} for each row writes {statement.node.relation.relname} anew")
