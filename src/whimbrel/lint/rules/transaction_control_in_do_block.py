"""Does a DO block or a procedure commit by itself where it may not?"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.context import Target
from whimbrel.lint.found import Found
from whimbrel.sql.expression import decoded, names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import CallStmt, TransactionStmt

CARD = Card(
    code="WB261",
    name="transaction-control-in-do-block",
    severity=Severity.ERROR,
    title="A DO block commits inside a transaction",
    condition="COMMIT or ROLLBACK in a DO block, or CALL of a procedure whose body has one, between BEGIN and COMMIT "
    "or beside other statements of its file: a warning for Whimbrel, which then runs it by itself, an error for "
    "golang-migrate, which sends the file as one message.",
    effect="Inside a transaction, and in a message of several statements, PostgreSQL refuses it (SQLSTATE 2D000) and "
    "the file fails. Run by itself it is not undone with the file's other statements.",
    remedy="Give it a file of its own, without BEGIN and COMMIT.",
    safe="DO $$ BEGIN UPDATE orders SET status = 'open' WHERE id < 10000; COMMIT; END $$;",
    sources=("https://www.postgresql.org/docs/current/plpgsql-transactions.html",),
)
KINDS = ("TransactionStmt", "CallStmt")


def check(statement: Statement, node: TransactionStmt | CallStmt, context: Context) -> Iterator[Found]:
    """Look at COMMIT and ROLLBACK in DO blocks, and at CALL."""
    outer = statement.within or statement
    if statement.kind == "CallStmt":
        if not _commits(statement, context):
            return
        what = "a procedure that commits"
    elif statement.within is None or _told(outer, context):
        return
    else:
        what = "a DO block that commits"
    if outer.in_block:
        yield Found(f"{what} cannot run between BEGIN and COMMIT")
    elif not any(other is not outer and other.kind != "VariableSetStmt" for other in outer.file.statements):
        return
    elif context.target is Target.GOLANG_MIGRATE:
        yield Found(f"{what} cannot run in one message with other statements, which is how golang-migrate sends them")
    else:
        yield Found(
            f"{what} runs by itself: a failure half way leaves the file's other statements done or not begun",
            severity=Severity.WARNING,
        )


def _told(outer: Statement, context: Context) -> bool:
    return any(other.within is outer for other in context.earlier.of("TransactionStmt"))


def _commits(statement: Statement, context: Context) -> bool:
    """Say whether the procedure is known and has a COMMIT or ROLLBACK in its body."""
    called = names(decoded(statement.node.funccall).get("funcname", []))
    procedure = context.catalog.function(called)
    if procedure is None or procedure.language.lower() != "plpgsql":
        return False
    words = procedure.body.upper().replace(";", " ; ").split()
    return any(one in ("COMMIT", "ROLLBACK") and two in (";", "AND") for one, two in pairwise(words))
