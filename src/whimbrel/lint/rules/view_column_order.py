"""Does a view lose or reorder columns where it is replaced?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.schema.view_columns import view_columns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import ViewStmt

CARD = Card(
    code="WB382",
    name="view-column-order",
    severity=Severity.ERROR,
    title="A view cannot lose or reorder columns where it is replaced",
    condition="CREATE OR REPLACE VIEW with columns whose names do not begin with those that the view has.",
    effect="It fails with 42P16: columns can be added at the end only.",
    remedy=(
        "Drop the view and create it anew, in one transaction; put new columns at the end where that can be avoided."
    ),
    safe="BEGIN; DROP VIEW v; CREATE VIEW v AS SELECT b FROM t; COMMIT;",
    sources=("https://www.postgresql.org/docs/current/sql-createview.html",),
)
KINDS = ("ViewStmt",)


def check(statement: Statement, node: ViewStmt, context: Context) -> Iterator[Found]:
    """Look at a CREATE OR REPLACE VIEW."""
    if not node.replace:
        return
    known = context.relation(node.view)
    if known is None or not known.outputs:
        return
    columns = view_columns(node)
    if not columns or columns[: len(known.outputs)] == known.outputs:
        return
    place, old = next(
        (place, old) for place, old in enumerate(known.outputs) if place >= len(columns) or columns[place] != old
    )
    new = f"is {columns[place]}" if place < len(columns) else "is not there"
    yield Found(f"replacing {node.view.relname} fails: its column {place + 1} is {old}, and {new} in the new query")
