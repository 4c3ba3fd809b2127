"""Does a refresh block those who read the materialized view?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.pg_types.lock_mode import LockMode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.schema.catalog import Index
    from whimbrel.sql.tree import RefreshMatViewStmt

CARD = Card(
    code="WB131",
    name="refresh-matview-blocking",
    severity=Severity.WARNING,
    title="A refresh blocks those who read the materialized view",
    condition="REFRESH MATERIALIZED VIEW without CONCURRENTLY of a view that was there before the file; "
    "advice where it was created WITH NO DATA and no file has filled it.",
    effect="It takes an ACCESS EXCLUSIVE lock on the materialized view, which blocks its readers, until the query "
    "has run and the indexes are built. With CONCURRENTLY it takes EXCLUSIVE, under which reads go on.",
    remedy="Write REFRESH MATERIALIZED VIEW CONCURRENTLY; it needs a unique index on plain columns without a WHERE.",
    safe="REFRESH MATERIALIZED VIEW CONCURRENTLY sales_by_day;",
    measured=("refresh matview",),
    lock=LockMode.ACCESS_EXCLUSIVE,
    rewrites=True,
    scans=True,
    sources=("https://www.postgresql.org/docs/current/sql-refreshmaterializedview.html",),
)
KINDS = ("RefreshMatViewStmt",)


def check(_: Statement, node: RefreshMatViewStmt, context: Context) -> Iterator[Found]:
    """Look at a REFRESH MATERIALIZED VIEW."""
    if node.concurrent or node.skip_data or context.is_new(node.relation):
        return
    view = context.relation(node.relation)
    if view is not None and not view.filled:
        yield Found(
            f"refreshing {node.relation.relname} blocks its readers if it was filled outside of these files",
            remedy="If nothing has filled it yet leave it: nobody can read it, and CONCURRENTLY is refused.",
            severity=Severity.ADVICE,
        )
        return
    remedy = ""
    if view is not None and not any(_usable(index) for index in view.indexes.values()):
        remedy = "Give it a unique index on plain columns, then write REFRESH MATERIALIZED VIEW CONCURRENTLY."
    yield Found(f"refreshing {node.relation.relname} blocks its readers until the query has run", remedy=remedy)


def _usable(index: Index) -> bool:
    return index.unique and not index.partial and not index.expressions
