"""Does a statement leave something behind that a down file could undo?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from whimbrel.lint.file import Statement

_NOTHING: Final = frozenset(
    {
        "SelectStmt", "UpdateStmt", "DeleteStmt", "TruncateStmt", "MergeStmt", "VariableSetStmt", "VariableShowStmt",
        "TransactionStmt", "VacuumStmt", "ReindexStmt", "ClusterStmt", "RefreshMatViewStmt", "CheckPointStmt",
        "LockStmt", "DiscardStmt", "ExplainStmt", "NotifyStmt", "ConstraintsSetStmt",
    }
)  # fmt: skip
"""What changes no schema, or rows in a way that cannot be taken back."""


def leaves_nothing(statement: Statement) -> bool:
    """Say whether nothing of it can be undone: it changes rows, maintains, validates, or adds a value to an enum."""
    kind = statement.kind
    if kind in _NOTHING:
        return True
    if kind == "AlterEnumStmt":
        return not statement.node.old_val
    if kind == "AlterTableStmt":
        return all(one.command.subtype == "AT_ValidateConstraint" for one in statement.node.cmds)
    return False
