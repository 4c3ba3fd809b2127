"""Would each try leave another half-built index?"""

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

# What a failed build leaves was measured on 13, 15 and 18 (landscape 3.2).
CARD = Card(
    code="WB265",
    name="concurrent-index-without-name",
    severity=Severity.WARNING,
    title="An index that is built concurrently has no name",
    condition="CREATE INDEX CONCURRENTLY without a name.",
    effect="A build that fails leaves an index which is not valid, and the next try finds another free name: each "
    "leaves one more, which writes keep up and no query uses. The down file has no name to drop.",
    remedy="Name the index.",
    safe="CREATE INDEX CONCURRENTLY orders_user_id_idx ON orders (user_id);",
    sources=("https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY",),
)
KINDS = ("IndexStmt:concurrent",)


def check(statement: Statement, node: IndexStmt, context: Context) -> Iterator[Found]:
    """Look at a CREATE INDEX CONCURRENTLY."""
    if not node.idxname:
        yield Found(f"each try that fails leaves another half-built index on {node.relation.relname}")
