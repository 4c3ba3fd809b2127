"""Does a table inherit from another?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.sql.tree import CreateStmt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import AlterTableCmd

CARD = Card(
    code="WB505",
    name="no-table-inheritance",
    severity=Severity.ADVICE,
    title="Table inheritance",
    condition="CREATE TABLE … INHERITS, or ALTER TABLE … INHERIT.",
    effect=(
        "Unique constraints, primary keys and foreign keys hold in each table of the family alone, not across "
        "it, so a key may stand twice; each query of the parent reads the children too, unless it says ONLY."
    ),
    remedy="Use PARTITION BY for parts of one table, a foreign key for kinds of things.",
    safe="CREATE TABLE events (id bigint, at timestamptz NOT NULL) PARTITION BY RANGE (at);",
    on=False,
    sources=(
        "https://wiki.postgresql.org/wiki/Don%27t_Do_This#Don.27t_use_table_inheritance",
        "https://www.postgresql.org/docs/current/ddl-inherit.html#DDL-INHERIT-CAVEATS",
    ),
    up_only=True,
)
KINDS = (
    "CreateStmt",
    "AT_AddInherit",
)


def check(statement: Statement, node: CreateStmt | AlterTableCmd, context: Context) -> Iterator[Found]:
    """Look at a CREATE TABLE, or at INHERIT."""
    if isinstance(node, CreateStmt):
        if node.inh_relations and node.partbound is None:
            yield Found(f"{node.relation.relname} inherits from another table: keys do not hold across them")
    else:
        yield Found(f"{statement.node.relation.relname} inherits from another table: keys do not hold across them")
