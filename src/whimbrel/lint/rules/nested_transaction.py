"""Does a file's own transaction control break it into several transactions?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.context import Target
from whimbrel.lint.found import Found
from whimbrel.lint.session_settings import sets
from whimbrel.lint.transactions import BEGINS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import File, Statement

CARD = Card(
    code="WB259",
    name="nested-transaction",
    severity=Severity.WARNING,
    title="A file's own BEGIN and COMMIT break it apart",
    condition="BEGIN, COMMIT, ROLLBACK or PREPARE TRANSACTION in a file, but for one BEGIN and one COMMIT with "
    "everything between them, beside settings; nor blocks in a file with `-- whimbrel: no-transaction`.",
    effect="A file runs in one transaction, together with its row in the version table. With transactions of its own "
    "it is committed in parts: when a later part fails, the earlier ones stay done. A BEGIN inside a transaction "
    "does nothing but warn; what ROLLBACK ends never happened, and the file still counts as applied.",
    remedy="Take BEGIN and COMMIT out; what must be committed by itself goes into a file of its own.",
    safe="ALTER TABLE orders ADD COLUMN note text;",
    sources=("https://www.postgresql.org/docs/current/sql-begin.html",),
)
KINDS = ("File:TransactionStmt",)
_WORDS = {
    "TRANS_STMT_COMMIT": "COMMIT",
    "TRANS_STMT_ROLLBACK": "ROLLBACK",
    "TRANS_STMT_PREPARE": "PREPARE TRANSACTION",
}


def check(statement: None, node: File, context: Context) -> Iterator[Found]:
    """Look at a file's transaction control; tell the first that breaks it apart."""
    control = [
        one
        for one in node.statements
        if one.kind == "TransactionStmt" and (one.node.kind in BEGINS or one.node.kind in _WORDS)
    ]
    if not control or _encloses(control, node):
        return
    message, at = _broken(control, node, context)
    if message:
        yield Found(message, at.start, at.end)


def _encloses(control: list[Statement], file: File) -> bool:
    """Say whether all control is one BEGIN and one COMMIT, if there is one, outside of which at most settings are."""
    if control[0].node.kind not in BEGINS or len(control) > 2:
        return False
    last = control[-1]
    if len(control) == 2 and (last.node.kind != "TRANS_STMT_COMMIT" or last.node.chain):
        return False
    behind = file.statements[last.number + 1 :] if len(control) == 2 else []
    return all(sets(one) for one in (*file.statements[: control[0].number], *behind))


def _broken(control: list[Statement], file: File, context: Context) -> tuple[str, Statement]:
    """Return what breaks the file, and which statement; an empty message for a BEGIN that is never ended."""
    open_at: Statement | None = None
    for one in control:
        kind = one.node.kind
        if kind == "TRANS_STMT_PREPARE":
            return "the prepared transaction keeps its locks until somebody ends it by name", one
        if kind == "TRANS_STMT_ROLLBACK":
            return "what this takes back is lost, and the file counts as applied all the same", one
        if kind in BEGINS:
            if open_at is not None:
                line = file.position(open_at.start)[0]
                return f"this BEGIN does nothing: the transaction of line {line} is still open", one
            open_at = one
        elif open_at is None:
            return "this COMMIT ends the transaction that the file runs in: what follows is committed by itself", one
        else:
            open_at = open_at if one.node.chain else None
    if len(control) == 1 or (file.no_transaction and context.target is Target.WHIMBREL):
        return "", control[0]
    if context.target is Target.GOLANG_MIGRATE and control[-1] is file.statements[-1] and len(control) == 2:
        return "", control[0]
    return "the file is committed in parts: when a later part fails, the earlier ones stay done", control[0]
