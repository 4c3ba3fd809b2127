"""Does a file change the schema and rows?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.lint.made_again import created_here

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import File

CARD = Card(
    code="WB640",
    name="mixed-ddl-and-dml",
    severity=Severity.ADVICE,
    title="A file changes the schema and rows of old tables",
    condition=(
        "An up file with a statement that changes the schema, and one that writes rows of a table that was "
        "there before the release."
    ),
    effect="The two fail in different ways, take different times, and share locks where they share a transaction.",
    remedy="Write a file for the schema and another for the rows.",
    on=False,
)
KINDS = ("UpFile:InsertStmt|UpdateStmt|DeleteStmt|MergeStmt",)


_ROWS = frozenset({"InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"})
_NEITHER = frozenset(
    {
        "SelectStmt", "VariableSetStmt", "TransactionStmt", "VacuumStmt", "LockStmt", "DoStmt", "CallStmt", "CopyStmt",
        "RefreshMatViewStmt", "ReindexStmt", "ExplainStmt", "TruncateStmt",
    }
)  # fmt: skip


def check(statement: None, node: File, context: Context) -> Iterator[Found]:
    """Look at a file, when all of it has been seen."""
    if not any(one.kind not in _ROWS and one.kind not in _NEITHER for one in node.statements):
        return
    for one in node.statements:
        if one.kind not in _ROWS or context.is_new(one.node.relation):
            continue
        if not created_here(context, one.node.relation):
            yield Found(f"rows of {one.node.relation.relname} change beside the schema", one.start, one.end)
            return
