"""Is a transaction of the file's own never committed?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.context import Target
from whimbrel.lint.found import Found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import File, Statement

CARD = Card(
    code="WB260",
    name="uncommitted-transaction",
    severity=Severity.ERROR,
    title="A transaction is begun and never committed",
    condition="BEGIN without a COMMIT or ROLLBACK behind it, or an end AND CHAIN as the last one.",
    effect="Nothing since the BEGIN is applied. Whimbrel refuses the file; golang-migrate reports that it was "
    "applied, and psql ends silently.",
    remedy="Add COMMIT at the end, or take the BEGIN out: a file runs in a transaction by itself.",
    safe="BEGIN;\nALTER TABLE orders ADD COLUMN note text;\nCOMMIT;",
    sources=("https://www.postgresql.org/docs/current/sql-begin.html",),
)
KINDS = ("File:TransactionStmt",)
_ENDS = ("TRANS_STMT_COMMIT", "TRANS_STMT_ROLLBACK", "TRANS_STMT_PREPARE")


def check(statement: None, node: File, context: Context) -> Iterator[Found]:
    """Look at a file's transaction control."""
    begun: Statement | None = None
    for one in node.statements:
        if one.kind != "TransactionStmt":
            continue
        kind = one.node.kind
        if kind in ("TRANS_STMT_BEGIN", "TRANS_STMT_START"):
            begun = begun or one
        elif kind in _ENDS:
            begun = one if one.node.chain else None
    if begun is not None:
        if context.target is Target.GOLANG_MIGRATE:
            then = "nothing after this is ever committed, and the version moves on all the same"
        elif begun.node.kind in _ENDS:
            then = "the transaction that AND CHAIN begins is never ended"
        else:
            then = "nothing after this is ever committed, and the file is refused"
        yield Found(then, begun.start, begun.end)
