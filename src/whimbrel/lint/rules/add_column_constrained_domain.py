"""Does a new column of a domain write the whole table anew?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.emptied import is_emptied
from whimbrel.lint.found import Found
from whimbrel.pg_types.lock_mode import LockMode
from whimbrel.schema.catalog import RelationKind
from whimbrel.schema.type_change import has_constraint
from whimbrel.schema.types import type_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.lint.rule import PlacedColumn

CARD = Card(
    code="WB122",
    name="add-column-constrained-domain",
    severity=Severity.ERROR,
    title="A new column of a constrained domain writes the whole table anew",
    condition="ADD COLUMN with a domain that has a CHECK or NOT NULL, its own or that of the domain under it, on a "
    "table that was there before the file.",
    effect="It takes an ACCESS EXCLUSIVE lock on the table, which blocks reads and writes, and writes the table and "
    "all its indexes anew under it, with a default or without.",
    remedy="Give the column the domain's base type, and the table the CHECK as NOT VALID.",
    safe="ALTER TABLE users ADD COLUMN email text;\n"
    "ALTER TABLE users ADD CONSTRAINT users_email_check CHECK (email LIKE '%@%') NOT VALID;",
    measured=("add col domain w/ check, no default", "add col domain w/ check, const default"),
    lock=LockMode.ACCESS_EXCLUSIVE,
    rewrites=True,
    scans=True,
    sources=("https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES",),
)
KINDS = ("AddedColumn",)
_STORING = (RelationKind.TABLE, RelationKind.PARTITIONED)


def check(statement: Statement, placed: PlacedColumn, context: Context) -> Iterator[Found]:
    """Look at a column that a statement brings."""
    written = placed.column.type_name
    if written is None or not context.catalog.types or context.is_new(placed.relation):
        return
    type_ = type_of(written, context.catalog)
    if not type_.schema or not has_constraint(type_, context.catalog):
        return
    relation = context.relation(placed.relation)
    if relation is not None and (relation.kind not in _STORING or placed.column.colname in relation.columns):
        return
    if is_emptied(statement, placed.relation, context):
        return
    table, column = placed.relation.relname, placed.column.colname
    yield Found(f"the domain {type_.name} of the new column {column} has all of {table} written anew")
