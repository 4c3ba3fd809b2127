"""Which version of an extension is made?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import CreateExtensionStmt

CARD = Card(
    code="WB532",
    name="extension-without-version",
    severity=Severity.ADVICE,
    title="An extension without a version",
    condition="CREATE EXTENSION without VERSION.",
    effect="Each server makes the version that it has as its default: databases that ran the same files differ.",
    remedy="Name the version that the application is tested with.",
    safe="CREATE EXTENSION pg_trgm SCHEMA extensions VERSION '1.6';",
    on=False,
    sources=("https://www.postgresql.org/docs/current/sql-createextension.html",),
    up_only=True,
)
KINDS = ("CreateExtensionStmt",)


def check(statement: Statement, node: CreateExtensionStmt, context: Context) -> Iterator[Found]:
    """Look at a CREATE EXTENSION."""
    pinned = any(one.option is not None and one.option.defname == "new_version" for one in node.options)
    if not pinned:
        yield Found(f"{node.extname} is made in whichever version the server has")
