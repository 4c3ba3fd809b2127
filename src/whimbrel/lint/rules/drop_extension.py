"""Does an extension go with all its functions and types?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import DropStmt

CARD = Card(
    code="WB705",
    name="drop-extension",
    severity=Severity.WARNING,
    title="An extension goes with its functions, types and operators",
    condition="DROP EXTENSION in an up file, of one that the file did not make.",
    effect=(
        "Every statement of the running release that uses one of its functions, operators or types fails; with "
        "CASCADE columns of its types and indexes of its operator classes go too."
    ),
    remedy="Release code that does not use the extension first; drop it in a later release.",
    sources=("https://www.postgresql.org/docs/current/sql-dropextension.html",),
    up_only=True,
)
KINDS = ("DropStmt:OBJECT_EXTENSION",)


def check(statement: Statement, node: DropStmt, context: Context) -> Iterator[Found]:
    """Look at a DROP EXTENSION."""
    made = {other.node.extname for other in context.earlier.of("CreateExtensionStmt")}
    before = context.before.extensions if context.before is not None else frozenset()
    for one in node.objects:
        if one.name[-1] not in made or one.name[-1] in before:
            yield Found(f"dropping extension {one.name[-1]} breaks running code that uses what is in it")
