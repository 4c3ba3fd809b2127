"""Are rows of the server's own catalogs written?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.lint.servers_own import is_servers_own

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import DeleteStmt, InsertStmt, UpdateStmt

CARD = Card(
    code="WB726",
    name="write-to-system-catalog",
    severity=Severity.WARNING,
    title="Rows of the server's own catalogs are written",
    condition="INSERT, UPDATE or DELETE of a table in pg_catalog, but for pg_settings.",
    effect=(
        "No lock is taken and nothing is checked: a value of an enum that is deleted so leaves rows and indexes that "
        "cannot be read, and a new version may keep the catalog in another way."
    ),
    remedy=(
        "Use the statement that does it; to take a value out of an enum, make a second type and change the columns to "
        "it."
    ),
    sources=("https://www.postgresql.org/docs/current/catalogs-overview.html",),
)
KINDS = ("InsertStmt", "UpdateStmt", "DeleteStmt", "Modifying")


def check(statement: Statement, node: InsertStmt | UpdateStmt | DeleteStmt, context: Context) -> Iterator[Found]:
    """Look at what is written."""
    name = node.relation.relname
    if name != "pg_settings" and is_servers_own(node.relation, context):
        yield Found(f"{name} is the server's own, and nothing checks what is written to it")
