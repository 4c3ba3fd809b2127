"""Does a type go that the running release may still name?"""

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
    code="WB703",
    name="drop-type",
    severity=Severity.WARNING,
    title="A type goes that the running release may still use",
    condition=(
        "DROP TYPE or DROP DOMAIN in an up file, of one that was there before the release, where the same transaction "
        "makes none of its name."
    ),
    effect=(
        "Casts to the type fail with 42704 in the release that still runs, and drivers that look its number up do not "
        "know it any more."
    ),
    remedy="Release code that does not name the type first; drop it in a later release.",
    sources=("https://www.postgresql.org/docs/current/sql-droptype.html",),
    up_only=True,
)
KINDS = ("DropStmt:OBJECT_TYPE", "DropStmt:OBJECT_DOMAIN")


_TYPES = {"OBJECT_TYPE": "type", "OBJECT_DOMAIN": "domain"}


def check(statement: Statement, node: DropStmt, context: Context) -> Iterator[Found]:
    """Look at a DROP TYPE."""
    kind = _TYPES[node.remove_type]
    for one in node.objects:
        parts = one.name
        known = context.catalog.user_type(parts)
        if known is not None and context.is_fresh(known):
            continue
        if not makes_again(statement, parts[-1]) and not renamed_here(context, parts[-1]):
            yield Found(f"dropping {kind} {'.'.join(parts)} breaks running code that names it")
