"""Does a whole database go?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.sql.expression import decoded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement

CARD = Card(
    code="WB385",
    name="drop-database",
    severity=Severity.ERROR,
    title="A whole database goes",
    condition="DROP DATABASE in an up file.",
    effect="All its data is lost. With FORCE its sessions are ended.",
    remedy="Drop a database by hand, with a backup at hand; a migration runs wherever its directory is deployed.",
    sources=("https://www.postgresql.org/docs/current/sql-dropdatabase.html",),
    up_only=True,
)
KINDS = ("DropdbStmt",)


def check(statement: Statement, node: None, context: Context) -> Iterator[Found]:
    """Look at a DROP DATABASE."""
    yield Found(f"this drops the database {decoded(statement.raw).get('dbname', '')} with all its data")
