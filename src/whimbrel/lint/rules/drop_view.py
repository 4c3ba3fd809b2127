"""Does a view go that the running release may still read?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.lint.later import takes_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import DropStmt

CARD = Card(
    code="WB701",
    name="drop-view",
    severity=Severity.WARNING,
    title="A view goes that the running release may still use",
    condition=(
        "DROP VIEW or DROP MATERIALIZED VIEW in an up file, of one that was there before the release, where nothing "
        "takes its name in the same transaction."
    ),
    effect="Statements of the release that still runs fail with 42P01.",
    remedy="Release code that does not name the view first; drop it in a later release.",
    sources=("https://www.postgresql.org/docs/current/sql-dropview.html",),
    up_only=True,
)
KINDS = ("DropStmt:OBJECT_VIEW", "DropStmt:OBJECT_MATVIEW")


_VIEWS = {"OBJECT_VIEW": "view", "OBJECT_MATVIEW": "materialized view"}


def check(statement: Statement, node: DropStmt, context: Context) -> Iterator[Found]:
    """Look at a DROP VIEW."""
    kind = _VIEWS[node.remove_type]
    catalog = context.catalog
    for one in node.objects:
        parts = one.name
        name = catalog.resolve(parts[-2] if len(parts) > 1 else "", parts[-1])
        if not context.is_new(name) and not takes_name(statement, name, catalog):
            yield Found(f"dropping {kind} {'.'.join(parts)} breaks running code that names it")
