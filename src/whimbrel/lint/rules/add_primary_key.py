"""Does a new primary key stop reads and writes while its index is built?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.altered_table import column_constraint, gains_column, has_rows, partitioned, table_constraint
from whimbrel.lint.found import Found
from whimbrel.pg_types.lock_mode import LockMode
from whimbrel.schema.proves_not_null import is_proven_not_null
from whimbrel.sql.tree import names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import AlterTableCmd

CARD = Card(
    code="WB111",
    name="add-primary-key",
    severity=Severity.ERROR,
    title="A new primary key stops reads and writes while its index is built",
    condition="ALTER TABLE … ADD PRIMARY KEY (…), or ADD COLUMN … PRIMARY KEY, on a table that was there before the "
    "file.",
    effect="It takes an ACCESS EXCLUSIVE lock on the table and builds an index under it, after reading all rows for "
    "NULL where a column is not NOT NULL yet: reads and writes wait until it is done.",
    remedy="Build a unique index CONCURRENTLY, set its columns NOT NULL by way of a validated CHECK, then make it the "
    "primary key with USING INDEX, which takes a moment.",
    safe="CREATE UNIQUE INDEX CONCURRENTLY users_pkey ON users (id);\n"
    "-- in later migrations\n"
    "ALTER TABLE users ADD CONSTRAINT users_id_not_null CHECK (id IS NOT NULL) NOT VALID;\n"
    "ALTER TABLE users VALIDATE CONSTRAINT users_id_not_null;\n"
    "ALTER TABLE users ALTER COLUMN id SET NOT NULL;\n"
    "ALTER TABLE users ADD CONSTRAINT users_pkey PRIMARY KEY USING INDEX users_pkey;\n"
    "ALTER TABLE users DROP CONSTRAINT users_id_not_null;",
    measured=("add PK",),
    lock=LockMode.ACCESS_EXCLUSIVE,
    rewrites=False,
    scans=True,
    sources=(
        "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT-USING-INDEX",
    ),
)
KINDS = ("AT_AddConstraint", "AT_AddColumn")


def check(statement: Statement, node: AlterTableCmd, context: Context) -> Iterator[Found]:
    """Look at an ADD CONSTRAINT or ADD COLUMN."""
    table = statement.node.relation
    if node.subtype == "AT_AddColumn":
        if column_constraint(node, "CONSTR_PRIMARY") is not None and gains_column(statement, node, context):
            yield Found(f"building the primary key of {table.relname} stops its reads and writes")
        return
    key = table_constraint(node, "CONSTR_PRIMARY")
    if key is None or key.indexname or not has_rows(statement, context):
        return
    relation = context.relation(table)
    if not table.inh and partitioned(statement, context) is not None:
        return
    proven = relation is not None and all(is_proven_not_null(relation, column) for column in names(key.keys))
    first = "building" if proven else "looking for NULL and building"
    yield Found(f"{first} the primary key of {table.relname} stops its reads and writes", effect=_PROVEN * proven)


_PROVEN = (
    "It takes an ACCESS EXCLUSIVE lock on the table and builds an index under it: reads and writes wait until it is "
    "built."
)
