"""Does a new column demand a value that no row has?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.emptied import holds_no_rows
from whimbrel.lint.found import Found
from whimbrel.schema.types import SERIAL
from whimbrel.sql.expression import is_null
from whimbrel.sql.tree import names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import AlterTableCmd, ColumnDef

CARD = Card(
    code="WB376",
    name="add-required-column",
    severity=Severity.ERROR,
    title="A new column demands a value that no row has",
    condition=(
        "ADD COLUMN with NOT NULL or PRIMARY KEY and no default, to a table that was there before the release "
        "and that the file has not emptied; a warning in a down file."
    ),
    effect=(
        "It fails with 23502 if the table has a row. On an empty table it passes, and each INSERT of the "
        "release that still runs fails, since it does not give the column."
    ),
    remedy=(
        "Add it with a constant default, which rewrites nothing; or nullable, fill it, and set it NOT NULL "
        "when all code writes it."
    ),
    safe="ALTER TABLE orders ADD COLUMN state text NOT NULL DEFAULT 'new';",
    sources=("https://www.postgresql.org/docs/current/ddl-alter.html#DDL-ALTER-ADDING-A-COLUMN",),
)
KINDS = ("AT_AddColumn",)


_FILLED = frozenset({"CONSTR_DEFAULT", "CONSTR_IDENTITY", "CONSTR_GENERATED"})


def check(statement: Statement, node: AlterTableCmd, context: Context) -> Iterator[Found]:
    """Look at an ADD COLUMN."""
    alter = statement.node
    column = node.definition.column if node.definition is not None else None
    if column is None or alter.objtype != "OBJECT_TABLE":
        return
    written = [one.constraint for one in column.constraints if one.constraint is not None]
    # DEFAULT NULL is no default.
    kinds = {one.contype for one in written if one.contype != "CONSTR_DEFAULT" or not is_null(one.raw_expr)}
    if not kinds & {"CONSTR_NOTNULL", "CONSTR_PRIMARY"} or kinds & _FILLED or context.is_new(alter.relation):
        return
    table = context.relation(alter.relation)
    if table is not None and node.missing_ok and column.colname in table.columns:
        return
    if _fills_itself(column, context) or holds_no_rows(alter.relation, context):
        return
    name = alter.relation.relname
    found = Found(
        f"adding {column.colname} NOT NULL without a default fails if {name} has a row", *_place(statement, column)
    )
    if context.file.is_down:
        found.severity, found.effect = (
            Severity.WARNING,
            "It fails with 23502 if the table has a row: there is no way back.",
        )
        found.remedy = "Give it a default, or let it be nullable: what stood in it is lost."
    yield found


def _place(statement: Statement, column: ColumnDef) -> tuple[int | None, int | None]:
    at = column.location + statement.shift
    return (at, at + len(column.colname.encode())) if column.location and len(statement.node.cmds) > 1 else (None, None)


def _fills_itself(column: ColumnDef, context: Context) -> bool:
    """Say whether its type brings a value: a serial one, or a domain with a default."""
    if column.type_name is None:
        return True
    parts = names(column.type_name.names)
    if len(parts) == 1 and parts[0] in SERIAL:
        return True
    known = context.catalog.user_type(parts) if parts else None
    return known is not None and known.has_default
