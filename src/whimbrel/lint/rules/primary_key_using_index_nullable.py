"""Must a primary key made of an index look for NULL first?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.altered_table import has_rows, table_constraint
from whimbrel.lint.found import Found
from whimbrel.pg_types.lock_mode import LockMode
from whimbrel.schema.proves_not_null import is_proven_not_null

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import AlterTableCmd

CARD = Card(
    code="WB112",
    name="primary-key-using-index-nullable",
    severity=Severity.ERROR,
    title="A primary key of a nullable column reads the table, index or not",
    condition="ALTER TABLE … ADD PRIMARY KEY USING INDEX where a column of the index is not NOT NULL and no validated "
    "CHECK proves it.",
    effect="It takes an ACCESS EXCLUSIVE lock and reads the whole table for NULL under it: reads and writes wait. "
    "With columns that are NOT NULL it takes a moment.",
    remedy="Set the columns NOT NULL first, by way of a validated CHECK.",
    safe="ALTER TABLE users ADD CONSTRAINT users_id_not_null CHECK (id IS NOT NULL) NOT VALID;\n"
    "-- in later migrations\n"
    "ALTER TABLE users VALIDATE CONSTRAINT users_id_not_null;\n"
    "ALTER TABLE users ALTER COLUMN id SET NOT NULL;\n"
    "ALTER TABLE users ADD CONSTRAINT users_pkey PRIMARY KEY USING INDEX users_pkey;\n"
    "ALTER TABLE users DROP CONSTRAINT users_id_not_null;",
    measured=("add PK USING INDEX nullable col",),
    lock=LockMode.ACCESS_EXCLUSIVE,
    rewrites=False,
    scans=True,
    sources=(
        "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT-USING-INDEX",
    ),
)
KINDS = ("AT_AddConstraint",)


def check(statement: Statement, node: AlterTableCmd, context: Context) -> Iterator[Found]:
    """Look at an ADD CONSTRAINT."""
    key = table_constraint(node, "CONSTR_PRIMARY")
    if key is None or not key.indexname or not has_rows(statement, context):
        return
    relation = context.relation(statement.node.relation)
    index = relation.indexes.get(key.indexname) if relation is not None else None
    if relation is None or index is None:
        return
    for column in index.columns:
        if column in relation.columns and not is_proven_not_null(relation, column):
            yield Found(f"looking for NULL in {column} stops reads and writes of {relation.name[1]}")
            return
