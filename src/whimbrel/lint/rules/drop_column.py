"""Does a column go that the running release may still name?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.pg_types.lock_mode import LockMode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import AlterTableCmd

CARD = Card(
    code="WB366",
    name="drop-column",
    severity=Severity.WARNING,
    title="A column goes that the running release may still use",
    condition="DROP COLUMN in an up file, of a column that was there before the release, on a table that was.",
    effect=(
        "Statements of the release that still runs fail with 42703 as soon as they name the column, and so "
        "does a SELECT * that expects it; its data is gone. It takes an ACCESS EXCLUSIVE lock for a moment."
    ),
    remedy="Release code that does not name the column first; drop it in a later release.",
    safe="ALTER TABLE orders ALTER COLUMN note DROP NOT NULL;",
    measured=("drop col", "drop col indexed"),
    lock=LockMode.ACCESS_EXCLUSIVE,
    rewrites=False,
    scans=False,
    sources=("https://www.postgresql.org/docs/current/sql-altertable.html",),
    up_only=True,
)
KINDS = ("AT_DropColumn",)


def check(statement: Statement, node: AlterTableCmd, context: Context) -> Iterator[Found]:
    """Look at a DROP COLUMN."""
    alter = statement.node
    if alter.objtype != "OBJECT_TABLE" or context.is_new(alter.relation):
        return
    table = context.relation(alter.relation)
    column = table.columns.get(node.name) if table is not None else None
    if column is not None and context.is_fresh(column):
        return
    if table is not None and table.complete and column is None and node.missing_ok:
        return
    yield Found(
        f"dropping {node.name} of {alter.relation.relname} breaks running code that names it, and its data is lost"
    )
