"""Which of a file's statements run in one transaction?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from whimbrel.lint.context import Target
from whimbrel.sql.outside_transaction import refuses

if TYPE_CHECKING:
    from whimbrel.lint.file import File

_MAY_REFUSE = frozenset(
    {
        "IndexStmt", "DropStmt", "ReindexStmt", "VacuumStmt", "ClusterStmt", "AlterTableStmt", "TransactionStmt",
        "DiscardStmt", "CreateSubscriptionStmt", "AlterSubscriptionStmt", "DropSubscriptionStmt", "CreatedbStmt",
        "DropdbStmt", "AlterDatabaseStmt", "CreateTableSpaceStmt", "DropTableSpaceStmt", "AlterSystemStmt",
    }
)  # fmt: skip
BEGINS: Final = frozenset({"TRANS_STMT_BEGIN", "TRANS_STMT_START"})
"""Kinds of a TransactionStmt that open a block."""
_ENDS = frozenset({"TRANS_STMT_COMMIT", "TRANS_STMT_ROLLBACK", "TRANS_STMT_PREPARE"})


def number_transactions(file: File, target: Target) -> None:
    """Give each statement of a file the number of its transaction, None where it is in none.

    Whimbrel runs what lies between refusing statements and between the file's own blocks as a transaction each; with
    `no-transaction` each plain statement is one. golang-migrate sends the file as one message, which is one
    transaction up to each COMMIT: a BEGIN in it takes what stands before it along.
    """
    alone = file.no_transaction and target is Target.WHIMBREL
    current, explicit = 0, False
    for statement in file.statements:
        statement.transaction, statement.in_block = current, explicit
        if statement.kind not in _MAY_REFUSE:
            if alone and not explicit:
                current += 1
            continue
        node = statement.node
        if statement.kind == "TransactionStmt":
            if node.kind in BEGINS:
                if not explicit and target is Target.WHIMBREL:
                    current += 1
                explicit = True
                statement.transaction = current
            elif node.kind in _ENDS:
                current, explicit = current + 1, node.chain
        elif refuses(statement.kind, node) and not explicit and target is Target.WHIMBREL:
            statement.transaction = None
            current += 1
        elif alone and not explicit:
            current += 1
