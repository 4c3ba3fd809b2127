"""Does one release add the new column and drop the old?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.schema.catalog import Catalog
    from whimbrel.sql.tree import AlterTableCmd, AlterTableStmt

CARD = Card(
    code="WB641",
    name="expand-and-contract-together",
    severity=Severity.WARNING,
    title="One release adds a column and drops another of the same table",
    condition=(
        "DROP COLUMN in an up file of a column that was there before the release, on a table to which the "
        "same release (--since, else the file) adds a column."
    ),
    effect=(
        "Both steps run before the new code does: the running release still needs the old column, and nothing "
        "has been written to the new one by it."
    ),
    remedy="Release the new column first, with code that writes both; drop the old one a release later.",
    up_only=True,
)
KINDS = ("AT_DropColumn",)


def check(statement: Statement, node: AlterTableCmd, context: Context) -> Iterator[Found]:
    """Look at a DROP COLUMN."""
    alter = statement.node
    relation = alter.relation
    if context.is_new(relation):
        return
    table = context.relation(relation)
    column = table.columns.get(node.name) if table is not None else None
    if table is None or column is None or context.is_fresh(column):
        return
    if (
        any(_first_drop(one.node) for one in context.earlier.altering(relation.relname))
        or _first_drop(alter) is not node
    ):
        return  # said once for a table
    name, first = table.name, context.file.ordinal if context.since is None else context.since
    last = context.file.ordinal if context.since is None else None

    def adds_none(catalog: Catalog) -> bool:
        later = catalog.relations.get(name)
        return later is None or not any(
            one.born >= first and (last is None or one.born <= last) for one in later.columns.values()
        )

    yield Found(
        f"{node.name} of {relation.relname} goes in the release that adds another column to it", unless=adds_none
    )


def _first_drop(alter: AlterTableStmt) -> AlterTableCmd | None:
    return next((one.command for one in alter.cmds if one.command.subtype == "AT_DropColumn"), None)
