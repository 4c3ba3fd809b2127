"""Can IF NOT EXISTS take an index for done that a failed build left behind?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.context import Target
from whimbrel.lint.found import Found
from whimbrel.schema.catalog import RelationKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import IndexStmt

# What a failed build leaves was measured on 13, 15 and 18 (landscape 3.2).
CARD = Card(
    code="WB264",
    name="invalid-index-left-behind",
    severity=Severity.WARNING,
    title="IF NOT EXISTS passes over an index that a failed build left",
    condition="CREATE INDEX CONCURRENTLY IF NOT EXISTS, without a DROP INDEX of the same name before it in the file: "
    "a warning for golang-migrate, advice for Whimbrel.",
    effect="A build that fails leaves an index of that name which is not valid: queries do not use it, writes keep "
    "it up, and a unique one may not even be checked. IF NOT EXISTS sees the name and reports success. Whimbrel "
    "drops and rebuilds what its own interrupted run left, not what other sessions did.",
    remedy="Leave IF NOT EXISTS out, or drop the index first.",
    safe="DROP INDEX CONCURRENTLY IF EXISTS orders_user_id_idx;",
    sources=("https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY",),
)
KINDS = ("IndexStmt:concurrent",)


def check(statement: Statement, node: IndexStmt, context: Context) -> Iterator[Found]:
    """Look at a CREATE INDEX CONCURRENTLY."""
    if not node.if_not_exists or context.is_new(node.relation):
        return
    relation = context.relation(node.relation)
    if relation is not None and relation.kind is RelationKind.PARTITIONED:
        return  # the server refuses it before it makes anything
    dropped = (
        one.name[-1:]
        for other in context.earlier.of("DropStmt")
        if other.node.remove_type == "OBJECT_INDEX"
        for one in other.node.objects
    )
    if (node.idxname,) in dropped:
        return
    yield Found(
        f"where a failed build has left {node.idxname}, this reports success and queries go without the index",
        severity=None if context.target is Target.GOLANG_MIGRATE else Severity.ADVICE,
    )
