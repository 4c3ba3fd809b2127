"""Does a column get another name while code runs that knows the old one?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.lint.later import commands, takes_name
from whimbrel.pg_types.lock_mode import LockMode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import AlterTableCmd, RenameStmt

CARD = Card(
    code="WB369",
    name="rename-column",
    severity=Severity.WARNING,
    title="A column gets another name under running code",
    condition=(
        "RENAME COLUMN in an up file, on a relation that was there before the release, where the same "
        "transaction does not bring the old name back."
    ),
    effect=(
        "Either the release that runs or the one that comes fails with 42703, since each knows one of the "
        "names. It takes an ACCESS EXCLUSIVE lock for a moment."
    ),
    remedy=(
        "Add the new column, write to both, fill it, move the readers, drop the old one; or rename the table "
        "and put an updatable view with the old names in its place, in one transaction."
    ),
    measured=("rename col",),
    lock=LockMode.ACCESS_EXCLUSIVE,
    rewrites=False,
    scans=False,
    sources=("https://www.postgresql.org/docs/current/sql-altertable.html",),
    up_only=True,
)
KINDS = ("RenameStmt",)


_RELATIONS = ("OBJECT_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW", "OBJECT_FOREIGN_TABLE")


def check(statement: Statement, node: RenameStmt, context: Context) -> Iterator[Found]:
    """Look at a RENAME COLUMN."""
    if node.rename_type != "OBJECT_COLUMN" or node.relation_type not in _RELATIONS:
        return
    relation = node.relation
    if relation is None or context.is_new(relation):
        return
    table = context.relation(relation)
    column = table.columns.get(node.subname) if table is not None else None
    if column is not None and context.is_fresh(column):
        return
    if any(_brings_back(command, node.subname) for command in commands(statement, relation)):
        return
    if takes_name(statement, context.catalog.name_of(relation), context.catalog):
        return
    yield Found(
        f"renaming {node.subname} of {relation.relname} to {node.newname} breaks code that knows the other name"
    )


def _brings_back(command: AlterTableCmd, name: str) -> bool:
    column = command.definition.column if command.definition is not None else None
    return command.subtype == "AT_AddColumn" and column is not None and column.colname == name
