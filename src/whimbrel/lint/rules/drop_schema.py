"""Does a schema go that the running release may still name?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.lint.later import later

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import DropStmt

CARD = Card(
    code="WB384",
    name="drop-schema",
    severity=Severity.WARNING,
    title="A schema goes that the running release may still use",
    condition="DROP SCHEMA in an up file, of a schema that was there before the release.",
    effect=(
        "Statements that name what was in it fail with 3F000 or 42P01. With CASCADE all tables in it go with "
        "their rows, under ACCESS EXCLUSIVE locks on each."
    ),
    remedy="Drop what is in it first, a release after the last use; then the empty schema.",
    sources=("https://www.postgresql.org/docs/current/sql-dropschema.html",),
    up_only=True,
)
KINDS = ("DropStmt:OBJECT_SCHEMA",)


def check(statement: Statement, node: DropStmt, context: Context) -> Iterator[Found]:
    """Look at a DROP SCHEMA."""
    for one in node.objects:
        schema = one.name[-1]
        born = context.catalog.schemas.get(schema)
        if born == context.file.ordinal or (born is None and node.missing_ok and _is_made_later(statement, schema)):
            continue
        along = " with all that is in it" if node.behavior == "DROP_CASCADE" else ""
        yield Found(f"dropping schema {schema}{along} breaks running code that names it")


def _is_made_later(statement: Statement, schema: str) -> bool:
    return any(other.node.schemaname == schema for other in later(statement, "CreateSchemaStmt"))
