"""Must a name be quoted for ever?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement

CARD = Card(
    code="WB506",
    name="no-uppercase-identifiers",
    severity=Severity.ADVICE,
    title="A name with capital letters",
    condition="A table, view or column that gets a name with capital letters.",
    effect=(
        "PostgreSQL reads names without quotes as small letters: each query, script and tool that does not "
        "quote this one fails with “does not exist”."
    ),
    remedy="Name it in small letters with underscores; give results other names by AS.",
    safe="CREATE TABLE order_items (created_at timestamptz NOT NULL);",
    on=False,
    sources=("https://wiki.postgresql.org/wiki/Don%27t_Do_This#Don.27t_use_upper_case_table_or_column_names",),
    up_only=True,
)
KINDS = (
    "CreateStmt",
    "CreateForeignTableStmt",
    "CreateTableAsStmt",
    "ViewStmt",
    "RenameStmt",
    "AT_AddColumn",
)
_RENAMES = frozenset({"OBJECT_TABLE", "OBJECT_FOREIGN_TABLE", "OBJECT_COLUMN", "OBJECT_VIEW", "OBJECT_MATVIEW"})


def check(statement: Statement, node: Any, context: Context) -> Iterator[Found]:
    """Look at what gets a name."""
    if statement.kind == "CreateForeignTableStmt":
        node = node.base
    if statement.kind in ("CreateStmt", "CreateForeignTableStmt", "AlterTableStmt"):
        places = (node.definition,) if statement.kind == "AlterTableStmt" else node.table_elts
        for one in places:
            if one.column is not None and not one.column.colname.islower():
                yield from _found(one.column.colname, statement.at(one.column.location))
    if statement.kind == "AlterTableStmt":
        return
    if statement.kind == "RenameStmt":
        name = node.newname if _RENAMES.intersection((node.rename_type, node.relation_type)) else ""
    elif statement.kind == "CreateTableAsStmt":
        name = node.into.rel.relname
    else:
        name = (node.view if statement.kind == "ViewStmt" else node.relation).relname
    yield from _found(name)


def _found(name: str, at: int | None = None) -> Iterator[Found]:
    if name != name.lower():
        yield Found(f'"{name}" has to stand between quotes wherever it is used', at)
