"""Is an index of the kind that answers = alone?"""

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
    code="WB517",
    name="hash-index",
    severity=Severity.ADVICE,
    title="A hash index",
    condition="CREATE INDEX … USING hash.",
    effect=(
        "It answers = on one column: no order, no ranges, no uniqueness, no INCLUDE, no index-only scan. It "
        "is smaller than a B-tree for long values alone."
    ),
    remedy="Use a B-tree, unless measurements on the values at hand speak for hash.",
    safe="CREATE INDEX CONCURRENTLY users_email_idx ON users (email);",
    on=False,
    sources=("https://www.postgresql.org/docs/current/hash-index.html",),
    up_only=True,
)
KINDS = ("IndexStmt",)


def check(statement: Statement, node: IndexStmt, context: Context) -> Iterator[Found]:
    """Look at a CREATE INDEX."""
    if node.access_method == "hash":
        yield Found(f"{node.idxname or 'this index'} answers = on {node.relation.relname}, and nothing else")
