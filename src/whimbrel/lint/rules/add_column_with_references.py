"""Does a new column with its foreign key lock a second table?"""

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
    code="WB108",
    name="add-column-with-references",
    severity=Severity.WARNING,
    title="A new column with REFERENCES locks two tables at once",
    condition="ALTER TABLE … ADD COLUMN … REFERENCES on a table that was there before the file; an error where the "
    "column has a DEFAULT too.",
    effect="It takes an ACCESS EXCLUSIVE lock on the table and a SHARE ROW EXCLUSIVE lock on the table that is "
    "referred to, whose writes wait. With any DEFAULT, even NULL, all rows of both tables are read under these locks.",
    remedy="Add the column first, then its foreign key as NOT VALID, and validate that in a later migration.",
    safe="ALTER TABLE orders ADD COLUMN user_id bigint;\n"
    "-- in a later migration\n"
    "ALTER TABLE orders ADD CONSTRAINT orders_user_id_fkey FOREIGN KEY (user_id) REFERENCES users NOT VALID;\n"
    "-- in a later migration\n"
    "ALTER TABLE orders VALIDATE CONSTRAINT orders_user_id_fkey;",
    measured=("add col REFERENCES (nullable)", "add col REFERENCES const default"),
    lock=LockMode.ACCESS_EXCLUSIVE,
    rewrites=False,
    sources=("https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT",),
)
KINDS = ("AT_AddColumn",)


def check(statement: Statement, node: AlterTableCmd, context: Context) -> Iterator[Found]:
    """Look at an ADD COLUMN."""
    key = column_constraint(node, "CONSTR_FOREIGN")
    if key is None or key.pktable is None or not gains_column(statement, node, context):
        return
    table, other, column = statement.node.relation.relname, key.pktable, column_name(node)
    if column_constraint(node, "CONSTR_DEFAULT") is not None:
        yield Found(
            f"adding {column} with its foreign key and a default checks all rows of {table}, which nobody can read",
            severity=Severity.ERROR,
        )
    elif not context.is_new(other) and context.catalog.name_of(other) != context.catalog.name_of(
        statement.node.relation
    ):
        yield Found(f"adding {column} with its foreign key stops writes to {other.relname} while all of {table} waits")
