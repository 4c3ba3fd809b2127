"""Is a table left without autovacuum?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.sql.outside_transaction import switched_on
from whimbrel.sql.tree import AlterTableCmd

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import CreateStmt

CARD = Card(
    code="WB724",
    name="autovacuum-disabled",
    severity=Severity.WARNING,
    title="A table is left without autovacuum",
    condition="The option autovacuum_enabled = false of a table, in an up file.",
    effect=(
        "Dead rows stay, the table and its indexes grow, statistics grow old and plans with them; only the vacuum "
        "against transaction id wraparound still runs, at an hour that nobody chose."
    ),
    remedy=(
        "Leave autovacuum on, and set autovacuum_vacuum_cost_limit or the scale factors of the table where it disturbs."
    ),
    sources=("https://www.postgresql.org/docs/current/routine-vacuuming.html#AUTOVACUUM",),
    up_only=True,
)
KINDS = ("CreateStmt", "AT_SetRelOptions")


def check(statement: Statement, node: CreateStmt | AlterTableCmd, context: Context) -> Iterator[Found]:
    """Look at a table's options."""
    if isinstance(node, AlterTableCmd):
        options = node.definition.options.items if node.definition is not None and node.definition.options else []
    else:
        options = node.options
    own = [one for one in options if one.option is not None and not one.option.defnamespace]  # `toast.` has its own
    if own and not switched_on(own, "autovacuum_enabled", default=True):
        yield Found(f"{statement.node.relation.relname} is not vacuumed nor analyzed any more")
