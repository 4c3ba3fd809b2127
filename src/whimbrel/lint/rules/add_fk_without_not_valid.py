"""Does a new foreign key stop writes to two tables while it compares them?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.altered_table import has_rows, partitioned, table_constraint
from whimbrel.lint.found import Found
from whimbrel.lint.strong_locks import own_locks
from whimbrel.pg_types.lock_mode import LockMode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import AlterTableCmd

CARD = Card(
    code="WB106",
    name="add-fk-without-not-valid",
    severity=Severity.ERROR,
    title="A new foreign key stops writes to both tables while all rows are checked",
    condition="ALTER TABLE … ADD FOREIGN KEY without NOT VALID on a table that was there before the file.",
    effect="It takes a SHARE ROW EXCLUSIVE lock on both tables and reads both: reads go on, writes to either table "
    "wait until all rows are checked.",
    remedy="Add the foreign key as NOT VALID, and validate it in a later migration: that lets reads and writes go on.",
    safe="ALTER TABLE orders ADD CONSTRAINT orders_user_id_fkey FOREIGN KEY (user_id) REFERENCES users NOT VALID;\n"
    "-- in a later migration\n"
    "ALTER TABLE orders VALIDATE CONSTRAINT orders_user_id_fkey;",
    measured=("add FK", "add FK on partitioned referencing table", "add FK referencing (reverse: locks r)"),
    lock=LockMode.SHARE_ROW_EXCLUSIVE,
    rewrites=False,
    scans=True,
    sources=("https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES",),
)
KINDS = ("AT_AddConstraint",)


def check(statement: Statement, node: AlterTableCmd, context: Context) -> Iterator[Found]:
    """Look at an ADD CONSTRAINT."""
    constraint = table_constraint(node, "CONSTR_FOREIGN")
    # NOT ENFORCED (18) sets it too.
    if constraint is None or constraint.skip_validation or not has_rows(statement, context):
        return
    written, referred = statement.node.relation, constraint.pktable
    table = written.relname
    other = referred.relname if referred is not None else ""
    remedy = _PARTITIONED if context.version < _NOT_VALID_ON_PARTITIONED and partitioned(statement, context) else ""
    name = constraint.conname or "a new foreign key"
    locks = own_locks(statement, context) if len(statement.node.cmds) > 1 else {}
    if locks.get(context.catalog.name_of(written)) is not LockMode.ACCESS_EXCLUSIVE:
        tables = table if other == table else f"{table} and {other}"
        yield Found(f"checking {name} stops writes to {tables}", remedy=remedy)
    elif referred is None or other == table:
        yield Found(f"checking {name} stops reads and writes of {table}", effect=_EXCLUSIVE, remedy=remedy)
    elif locks.get(context.catalog.name_of(referred)) is LockMode.ACCESS_EXCLUSIVE:
        yield Found(f"checking {name} stops reads and writes of {table} and {other}", effect=_EXCLUSIVE, remedy=remedy)
    else:
        message = f"checking {name} stops reads and writes of {table} and writes to {other}"
        yield Found(message, effect=_EXCLUSIVE, remedy=remedy)


_EXCLUSIVE = (
    "Another change of the same ALTER TABLE takes an ACCESS EXCLUSIVE lock, and the foreign key a SHARE ROW EXCLUSIVE "
    "lock on the table that it refers to: both are held while all rows of both tables are read."
)
_NOT_VALID_ON_PARTITIONED = 18
_PARTITIONED = (
    "Add the foreign key to each partition as NOT VALID and validate each, then add it to the partitioned table, which "
    "takes over those of its partitions without reading a row."
)
