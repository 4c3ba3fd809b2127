"""Does a routine go that the running release may still call?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.lint.made_again import makes_again, renamed_here

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import DropStmt

CARD = Card(
    code="WB702",
    name="drop-function",
    severity=Severity.WARNING,
    title="A routine goes that the running release may still call",
    condition=(
        "DROP FUNCTION, PROCEDURE, ROUTINE or AGGREGATE in an up file, of one that was there before the release, "
        "where the same transaction makes none of its name."
    ),
    effect="Statements of the release that still runs fail with 42883.",
    remedy="Release code that does not call it first; drop it in a later release.",
    sources=("https://www.postgresql.org/docs/current/sql-dropfunction.html",),
    up_only=True,
)
KINDS = (
    "DropStmt:OBJECT_FUNCTION",
    "DropStmt:OBJECT_PROCEDURE",
    "DropStmt:OBJECT_ROUTINE",
    "DropStmt:OBJECT_AGGREGATE",
)


_ROUTINES = {
    "OBJECT_FUNCTION": "function",
    "OBJECT_PROCEDURE": "procedure",
    "OBJECT_ROUTINE": "routine",
    "OBJECT_AGGREGATE": "aggregate",
}


def check(statement: Statement, node: DropStmt, context: Context) -> Iterator[Found]:
    """Look at a DROP FUNCTION."""
    kind = _ROUTINES[node.remove_type]
    for one in node.objects:
        parts = one.name
        known = context.catalog.function(parts)
        if known is not None and (context.is_fresh(known) or known.returns_trigger):
            continue
        if not makes_again(statement, parts[-1]) and not renamed_here(context, parts[-1]):
            yield Found(f"dropping {kind} {'.'.join(parts)} breaks running code that calls it")
