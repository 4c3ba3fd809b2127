"""Is an index too wide to be worth its cost?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import IndexStmt

CARD = Card(
    code="WB516",
    name="wide-index",
    severity=Severity.ADVICE,
    title="An index on more than three columns",
    condition="CREATE INDEX, not unique, on more than three columns.",
    effect=(
        "Columns behind the first that a query does not compare by = narrow nothing down; they make the index "
        "larger and each write dearer, and an UPDATE of any of them cannot be a HOT update."
    ),
    remedy="Leave out the columns that do not narrow the search, or INCLUDE those that are only read.",
    safe="CREATE INDEX CONCURRENTLY orders_user_id_at_idx ON orders (user_id, created_at) INCLUDE (total);",
    on=False,
    sources=("https://www.postgresql.org/docs/current/indexes-multicolumn.html",),
    up_only=True,
)
KINDS = ("IndexStmt",)
_WIDE = 3


def check(statement: Statement, node: IndexStmt, context: Context) -> Iterator[Found]:
    """Look at a CREATE INDEX."""
    if len(node.index_params) > _WIDE and not node.unique:
        name = node.idxname or f"this index of {node.relation.relname}"
        yield Found(f"{name} is on {len(node.index_params)} columns, of which the last seldom help")
