"""Does a new column bring a CHECK that reads the whole table?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.emptied import is_emptied
from whimbrel.lint.found import Found
from whimbrel.pg_types.lock_mode import LockMode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.lint.rule import PlacedColumn

CARD = Card(
    code="WB121",
    name="add-column-inline-check",
    severity=Severity.ERROR,
    title="A new column's CHECK reads the whole table while nobody can use it",
    condition="ADD COLUMN with a CHECK behind the column, on a table that was there before the file.",
    effect="It takes an ACCESS EXCLUSIVE lock on the table, which blocks reads and writes, and reads every row under "
    "it, even where the column has no default.",
    remedy="Add the column alone, then the constraint as NOT VALID, and validate it in a later migration.",
    safe="ALTER TABLE orders ADD COLUMN discount int;\n"
    "ALTER TABLE orders ADD CONSTRAINT orders_discount_check CHECK (discount > 0) NOT VALID;",
    measured=("add col inline CHECK, no default", "add col inline CHECK, const default"),
    lock=LockMode.ACCESS_EXCLUSIVE,
    rewrites=False,
    scans=True,
    sources=("https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES",),
)
KINDS = ("AddedColumn",)


def check(statement: Statement, placed: PlacedColumn, context: Context) -> Iterator[Found]:
    """Look at a column that a statement brings."""
    kinds = {one.constraint.contype for one in placed.column.constraints if one.constraint is not None}
    if "CONSTR_CHECK" not in kinds or "CONSTR_ATTR_NOT_ENFORCED" in kinds or context.is_new(placed.relation):
        return
    relation = context.relation(placed.relation)
    if relation is not None and placed.column.colname in relation.columns:
        return
    if is_emptied(statement, placed.relation, context):
        return
    table = placed.relation.relname
    yield Found(f"the CHECK on the new column {placed.column.colname} reads all of {table} while nobody can use it")
