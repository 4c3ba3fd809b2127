"""Does an index go that statements of running code may need?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.file import behind
from whimbrel.lint.found import Found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.schema.catalog import Index, Relation
    from whimbrel.sql.tree import DropStmt

CARD = Card(
    code="WB711",
    name="drop-index",
    severity=Severity.ADVICE,
    title="An index goes that running code may need to be quick",
    condition=(
        "DROP INDEX, CONCURRENTLY or not, in an up file, of an index that was there before the file, where the file "
        "makes none on the same first column."
    ),
    effect="Statements that used it read the whole table from then on. pg_stat_user_indexes tells whether any did.",
    remedy="Look at idx_scan of pg_stat_user_indexes on every replica first, and drop the index when it stands still.",
    on=False,
    sources=("https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ALL-INDEXES-VIEW",),
    up_only=True,
)
KINDS = ("DropStmt:OBJECT_INDEX",)


def check(statement: Statement, node: DropStmt, context: Context) -> Iterator[Found]:
    """Look at a DROP INDEX."""
    for one in node.objects:
        parts = one.name
        table = context.catalog.index_table(parts[-2] if len(parts) > 1 else "", parts[-1])
        index = table.indexes.get(parts[-1]) if table is not None else None
        if table is None or index is None:
            yield Found(f"statements that use {parts[-1]} become slow")
        elif not context.is_fresh(table) and not context.is_fresh(index) and not _replaced(statement, table, index):
            yield Found(f"statements on {table.name[1]} that use {index.name} become slow")


def _replaced(statement: Statement, table: Relation, index: Index) -> bool:
    """Say whether another index begins with the same column, which is there or comes later in the file."""
    first = index.columns[:1]
    return any(other.columns[:1] == first and other.name != index.name for other in table.indexes.values()) or any(
        other.node.relation.relname == table.name[1]
        and tuple(one.element.name or None for one in other.node.index_params)[:1] == first
        for other in behind(statement.file.statements.of("IndexStmt"), statement)
    )
