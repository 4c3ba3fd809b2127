"""Does a file open a transaction that nothing ends when its client is gone?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.lint.session_settings import in_force, is_zero, sets, settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import TransactionStmt

CARD = Card(
    code="WB243",
    name="missing-idle-in-transaction-timeout",
    severity=Severity.WARNING,
    on=False,
    title="A transaction of the file's own has no limit to its idle time",
    condition="BEGIN in a file that sets no idle_in_transaction_session_timeout, before it or as its first statement "
    "(17 and later: nor transaction_timeout).",
    effect="A client that hangs between BEGIN and COMMIT keeps every lock of the transaction until somebody ends it.",
    remedy="Set idle_in_transaction_session_timeout before BEGIN, or for the role that migrates.",
    safe="SET idle_in_transaction_session_timeout = '30s';\nBEGIN;\nALTER TABLE orders ADD COLUMN note text;\nCOMMIT;\n"
    "RESET idle_in_transaction_session_timeout;",
    sources=(
        "https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-IDLE-IN-TRANSACTION-SESSION-TIMEOUT",
    ),
)
KINDS = ("TransactionStmt",)
_LIMITS = ("idle_in_transaction_session_timeout", "transaction_timeout")


def check(statement: Statement, node: TransactionStmt, context: Context) -> Iterator[Found]:
    """Look at a BEGIN."""
    if node.kind not in ("TRANS_STMT_BEGIN", "TRANS_STMT_START"):
        return
    names = _LIMITS if context.version >= 17 else _LIMITS[:1]
    following = [one for one in statement.file.statements[statement.number + 1 : statement.number + 2] if sets(one)]
    if any(one.name in names and one.value and not is_zero(one.value) for one in settings(following)):
        return
    limits = [in_force(name, statement, context.earlier) for name in names]
    if all(limit is None or is_zero(limit) for limit in limits):
        yield Found("a client that hangs in this transaction keeps its locks until somebody ends it")
