"""Does a table go that the running release may still name?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.lint.later import takes_name
from whimbrel.pg_types.lock_mode import LockMode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import DropStmt

CARD = Card(
    code="WB367",
    name="drop-table",
    severity=Severity.WARNING,
    title="A table goes that the running release may still use",
    condition="DROP TABLE in an up file, of a table that was there before the release.",
    effect=(
        "Statements of the release that still runs fail with 42P01, and the rows are gone. It takes an ACCESS "
        "EXCLUSIVE lock on the table, and on each table that its foreign keys refer to."
    ),
    remedy=(
        "Release code that does not name the table first; drop it in a later release, when nothing has read "
        "it for a while."
    ),
    safe="ALTER TABLE orders RENAME TO orders_unused;",
    measured=("drop table", "drop table with FK to r"),
    lock=LockMode.ACCESS_EXCLUSIVE,
    rewrites=False,
    scans=False,
    sources=("https://www.postgresql.org/docs/current/sql-droptable.html",),
    up_only=True,
)
KINDS = ("DropStmt:OBJECT_TABLE", "DropStmt:OBJECT_FOREIGN_TABLE")


def check(statement: Statement, node: DropStmt, context: Context) -> Iterator[Found]:
    """Look at a DROP TABLE."""
    for one in node.objects:
        parts = one.name
        name = context.catalog.resolve(parts[-2] if len(parts) > 1 else "", parts[-1])
        if context.is_new(name):
            continue
        if node.missing_ok and name not in context.catalog.relations and takes_name(statement, name, context.catalog):
            continue
        yield Found(f"dropping {'.'.join(parts)} breaks running code that names it, and its rows are lost")
