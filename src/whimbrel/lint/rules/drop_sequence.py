"""Does a sequence go that the running release may still draw from?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.lint.made_again import makes_again

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import DropStmt

CARD = Card(
    code="WB704",
    name="drop-sequence",
    severity=Severity.WARNING,
    title="A sequence goes that the running release may still use",
    condition="DROP SEQUENCE in an up file, of one that was there before the release.",
    effect="In the release that still runs nextval and currval fail with 42P01, and where the numbers stood is lost.",
    remedy="Release code that does not draw from it first; drop it in a later release.",
    sources=("https://www.postgresql.org/docs/current/sql-dropsequence.html",),
    up_only=True,
)
KINDS = ("DropStmt:OBJECT_SEQUENCE",)


def check(statement: Statement, node: DropStmt, context: Context) -> Iterator[Found]:
    """Look at a DROP SEQUENCE."""
    for one in node.objects:
        parts = one.name
        name = context.catalog.resolve(parts[-2] if len(parts) > 1 else "", parts[-1])
        if not context.is_new(name) and not makes_again(statement, parts[-1]):
            yield Found(f"dropping sequence {'.'.join(parts)} breaks running code that draws from it")
