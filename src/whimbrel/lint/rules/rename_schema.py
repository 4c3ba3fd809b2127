"""Does a schema get another name while code runs that knows the old one?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import RenameStmt

CARD = Card(
    code="WB371",
    name="rename-schema",
    severity=Severity.WARNING,
    title="A schema gets another name under running code",
    condition="ALTER SCHEMA … RENAME TO in an up file, of a schema that was there before the file.",
    effect=(
        "All that is in it is found under the new name only: code that knows the old one, and each "
        "search_path that holds it, fails with 42P01."
    ),
    remedy=(
        "Make the new schema, move one object a time with a view in its old place, and drop the old schema "
        "when no code knows it."
    ),
    sources=("https://www.postgresql.org/docs/current/sql-alterschema.html",),
    up_only=True,
)
KINDS = ("RenameStmt",)


def check(statement: Statement, node: RenameStmt, context: Context) -> Iterator[Found]:
    """Look at an ALTER SCHEMA … RENAME."""
    if node.rename_type != "OBJECT_SCHEMA":
        return
    if context.catalog.schemas.get(node.subname) == context.file.ordinal:
        return
    yield Found(f"renaming schema {node.subname} to {node.newname} breaks code that knows the other name")
