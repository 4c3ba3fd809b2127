"""Does a view stop a change of type?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.schema.view_reads import reads_column

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import AlterTableCmd

CARD = Card(
    code="WB126",
    name="alter-type-needs-view-drop",
    severity=Severity.ERROR,
    title="A view stops the change of a column's type",
    condition="ALTER COLUMN … TYPE of a column that a view or materialized view reads.",
    effect="PostgreSQL refuses it (0A000), even where nothing would be written anew.",
    remedy="Drop the view before and create it again after the change, in the same transaction.",
    safe="DROP VIEW open_orders;\nALTER TABLE orders ALTER COLUMN number TYPE text;\n"
    "CREATE VIEW open_orders AS SELECT number FROM orders WHERE closed_at IS NULL;",
    sources=("https://www.postgresql.org/docs/current/sql-altertable.html",),
)
KINDS = ("AT_AlterColumnType",)


def check(statement: Statement, command: AlterTableCmd, context: Context) -> Iterator[Found]:
    """Look at an ALTER COLUMN … TYPE."""
    relation = context.relation(statement.node.relation)
    column = relation.columns.get(command.name) if relation is not None else None
    if relation is None or column is None or statement.node.objtype != "OBJECT_TABLE":
        return
    for view in context.catalog.readers(relation.name):
        if (sure := reads_column(view, relation, column.name)) is None:
            continue
        text = f"the view {view.name[1]} reads {relation.name[1]}.{column.name}, "
        if sure:
            yield Found(text + "so PostgreSQL refuses to change its type")
        else:
            yield Found(
                text.replace(" reads ", " may read ") + "then it cannot change its type", severity=Severity.WARNING
            )
