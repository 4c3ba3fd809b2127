"""Does the planner learn of what the file made?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.lint.made_again import created_here
from whimbrel.pg_types.lock_mode import LockMode
from whimbrel.sql.outside_transaction import switched_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import File, Statement
    from whimbrel.schema.catalog import Name
    from whimbrel.sql.tree import RangeVar

CARD = Card(
    code="WB491",
    name="missing-analyze-after",
    severity=Severity.ADVICE,
    title="The planner does not know a new expression's values yet",
    condition="CREATE INDEX on an expression, or CREATE STATISTICS, on a table that was there before the file, without "
    "an ANALYZE of it behind.",
    effect="Until autovacuum analyzes the table, plans that use the expression stand on guesses.",
    remedy="Analyze the table at the end of the file; ANALYZE may run in a transaction and blocks neither reads nor "
    "writes.",
    safe="ANALYZE users;",
    on=False,
    measured=("analyze (in tx)",),
    lock=LockMode.SHARE_UPDATE_EXCLUSIVE,
    rewrites=False,
    sources=("https://www.postgresql.org/docs/current/sql-analyze.html",),
)
KINDS = ("File:IndexStmt|CreateStatsStmt",)


def check(_: Statement | None, file: File, context: Context) -> Iterator[Found]:
    """Look at all statements of a file."""
    if not file.statements.of("IndexStmt", "CreateStatsStmt"):
        return
    analyzed: set[Name] = set()
    for statement in reversed(file.statements.of("VacuumStmt", "IndexStmt", "CreateStatsStmt")):
        if statement.kind == "VacuumStmt":
            if statement.node.is_vacuumcmd and not switched_on(statement.node.options, "analyze"):
                continue
            written = [one.relation.relation for one in statement.node.rels if one.relation is not None]
            if not written:
                return
            analyzed |= {context.catalog.name_of(one) for one in written if one is not None}
        elif (table := _table(statement)) is not None:
            name = context.catalog.name_of(table)
            if name not in analyzed and not context.is_new(name) and not created_here(context, table):
                what = "of this expression" if statement.kind == "IndexStmt" else "from these statistics"
                message = f"the planner knows nothing {what} until {name[1]} is analyzed"
                yield Found(message, statement.start, statement.end)


def _table(statement: Statement) -> RangeVar | None:
    if statement.kind == "IndexStmt":
        node = statement.node
        return node.relation if any(not one.element.name for one in node.index_params) else None
    if statement.kind == "CreateStatsStmt":
        return next((one.range_var for one in statement.node.relations), None)
    return None
