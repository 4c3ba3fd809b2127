"""Does a down file lose rows that were there before its up file?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.schema.difference import missing
from whimbrel.sql.expression import columns as columns_in
from whimbrel.sql.expression import relations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import File, Statement

CARD = Card(
    code="WB633",
    name="down-loses-data",
    severity=Severity.WARNING,
    title="A down file loses data that was there before its up file",
    condition=(
        "The up file copies rows out of a column or a table and drops that; the down file drops the copy and "
        "reads nothing of it."
    ),
    effect="Going down leaves neither: the data that the earlier release had is gone.",
    remedy="Copy the data back in the down file, before it drops the copy.",
)
KINDS = ("DownFile",)


def check(statement: None, node: File, context: Context) -> Iterator[Found]:
    """Look at a down file."""
    up, start, between = node.pair, context.undone, context.before
    if up is None or start is None or between is None or not node.statements:
        return
    copies = [one for one in up.statements if one.kind in ("UpdateStmt", "InsertStmt")]
    if not copies:
        return
    sources = {(part.kind, part.name[1]) for part in missing(start, between)}
    dropped = {(part.kind, part.name[1]): part for part in missing(between, context.catalog)}
    if not sources or not dropped:
        return
    read = [name for one in node.statements if one.kind in ("UpdateStmt", "InsertStmt") for name in _names_in(one)]
    for one in copies:
        for key in _filled(one):
            if key in dropped and key[1] not in read and any(name in _names_in(one) for _, name in sources):
                yield Found(f"{dropped.pop(key)} holds what {up.name} copied there, and is dropped without a look")


def _filled(statement: Statement) -> list[tuple[str, str]]:
    node = statement.node
    if statement.kind == "InsertStmt":
        return [("table", node.relation.relname)]
    return [("column", one.target.name) for one in node.target_list if one.target is not None]


def _names_in(statement: Statement) -> set[str]:
    """Return the columns and relations that a statement reads."""
    if statement.kind == "InsertStmt":
        node = statement.node
        return columns_in(node.select_stmt) | {name for _, name in relations(node.select_stmt)}
    return columns_in(statement.raw) | {name for _, name in relations(statement.raw)}
