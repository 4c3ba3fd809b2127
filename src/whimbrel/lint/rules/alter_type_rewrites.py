"""Does a change of type write the whole table anew?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.lint.retyped import retyped
from whimbrel.pg_types.lock_mode import LockMode
from whimbrel.schema.catalog import Type
from whimbrel.schema.type_change import TypeChange

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import AlterTableCmd

CARD = Card(
    code="WB123",
    name="alter-type-rewrites",
    severity=Severity.ERROR,
    title="A change of type writes the whole table anew",
    condition="ALTER COLUMN … TYPE to a type in which the stored values must be written otherwise or checked, or with "
    "a USING that computes, on a table that was there before the file.",
    effect="It takes an ACCESS EXCLUSIVE lock on the table, which blocks reads and writes, and writes the table and "
    "all its indexes anew under it.",
    remedy="Add a column of the new type, write to both, fill it in batches, and swap the names.",
    safe="ALTER TABLE orders ADD COLUMN amount_new bigint;",
    measured=(
        "type int->bigint",
        "type varchar(20)->varchar(10)",
        "type text->varchar(50)",
        "type numeric(10,2)->numeric(12,3)",
        "type numeric(10,2)->numeric(8,2)",
        "type timestamptz->timestamptz(3)",
        "type char(5)->text",
        "type char(5)->varchar(5)",
        "type char(5)->char(10)",
        "type json->jsonb",
        "type enum->text",
        "type text->enum USING",
        "type text->uuid USING",
        "type text->domain with check",
        "type varchar->text USING b||''",
    ),
    lock=LockMode.ACCESS_EXCLUSIVE,
    rewrites=True,
    scans=True,
    sources=("https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES",),
)
KINDS = ("AT_AlterColumnType",)
_OFTEN_THE_SAME = (Type("", "text"), Type("", "varchar"), Type("", "numeric"))


def check(statement: Statement, command: AlterTableCmd, context: Context) -> Iterator[Found]:
    """Look at an ALTER COLUMN … TYPE."""
    one = retyped(statement, command, context)
    if one is None or (one.zoned and one.utc is False):
        return
    if one.change is TypeChange.REWRITE:
        yield Found(f"changing {one} writes all of {one.table} anew while nobody can use it")
    elif one.change is None and one.new not in _OFTEN_THE_SAME:
        message = f"changing {one} writes all of {one.table} anew unless the old type is stored alike"
        yield Found(message, severity=Severity.WARNING)
