"""Where do an extension's objects land?"""

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
    code="WB524",
    name="extension-in-public",
    severity=Severity.ADVICE,
    title="An extension without a schema",
    condition="CREATE EXTENSION without SCHEMA; plpgsql is left out.",
    effect=(
        "Its functions, types and tables are made in the first schema of the session's search_path, commonly "
        "public, among the application's own."
    ),
    remedy="Name a schema that is for extensions.",
    safe="CREATE EXTENSION pg_trgm SCHEMA extensions;",
    on=False,
    sources=("https://www.postgresql.org/docs/current/sql-createextension.html",),
    up_only=True,
)
KINDS = ("CreateExtensionStmt",)


def check(statement: Statement, node: CreateExtensionStmt, context: Context) -> Iterator[Found]:
    """Look at a CREATE EXTENSION."""
    placed = any(one.option is not None and one.option.defname == "schema" for one in node.options)
    if not placed and node.extname != "plpgsql":
        yield Found(f"the objects of {node.extname} land in the session's first schema")
