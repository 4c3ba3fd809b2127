"""Does a change of type build indexes anew?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.lint.retyped import retyped
from whimbrel.pg_types.lock_mode import LockMode
from whimbrel.schema.type_change import TypeChange
from whimbrel.sql.expression import columns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.schema.catalog import Index
    from whimbrel.sql.tree import AlterTableCmd

CARD = Card(
    code="WB124",
    name="alter-type-rebuilds-index",
    severity=Severity.ERROR,
    title="A change of type builds indexes anew while nobody can use the table",
    condition="ALTER COLUMN … TYPE that leaves the table's rows as they are, of a column that is indexed with another "
    "operator class or collation afterwards, or stands in an index's expression or in its WHERE.",
    effect="It takes an ACCESS EXCLUSIVE lock on the table, which blocks reads and writes, and builds each such index "
    "anew under it.",
    remedy="Drop the index first and build it anew CONCURRENTLY afterwards, or add a column of the new type.",
    safe="CREATE INDEX CONCURRENTLY users_email_new_idx ON users ((email::citext));",
    measured=("type text->citext indexed", "type text COLLATE change indexed"),
    lock=LockMode.ACCESS_EXCLUSIVE,
    rewrites=False,
    scans=True,
    sources=("https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES",),
)
KINDS = ("AT_AlterColumnType",)


def check(statement: Statement, command: AlterTableCmd, context: Context) -> Iterator[Found]:
    """Look at an ALTER COLUMN … TYPE."""
    one = retyped(statement, command, context)
    if one is None or one.relation is None or one.change in (None, TypeChange.REWRITE):
        return
    built = [index.name for index in one.relation.indexes.values() if _built(index, one.name, one.change)]
    if built:
        listed = ", ".join(built)
        yield Found(f"changing {one} builds {listed} anew while nobody can use {one.table}")


def _built(index: Index, column: str, change: TypeChange | None) -> bool:
    if index.partial or index.expressions:
        within = any(column in columns(raw) for raw in (index.predicate, *index.expressions))
        return within or column in index.columns or column in index.included
    return change is TypeChange.REINDEX and column in index.columns
