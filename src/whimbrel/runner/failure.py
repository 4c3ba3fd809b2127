"""Where in a file did a statement fail, and was it the file's fault or the transaction's?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.errors import MigrationFailed, QueryFailed
from whimbrel.pg_types.sqlstate import SqlState
from whimbrel.sql.position import line_column

if TYPE_CHECKING:
    from whimbrel.postgres.connection import Session
    from whimbrel.runner.prepare import Prepared
    from whimbrel.sql.statement import Statement

_PROBE = "SELECT 1/0; "
_CALLS = frozenset(["DO", "CALL"])


def refused_block(failure: QueryFailed, statement: Statement) -> bool:
    """Whether PostgreSQL refused the statement only because it stood in a transaction block.

    VACUUM and its like say so themselves, from PreventInTransactionBlock; from within a function, that is the file's
    error. DO and CALL whose code commits say 2D000.
    """
    is_call = statement.keywords[:1] != () and statement.keywords[0] in _CALLS
    if failure.sqlstate == SqlState.INVALID_TRANSACTION_TERMINATION:
        return is_call
    return (
        failure.sqlstate == SqlState.ACTIVE_SQL_TRANSACTION
        and failure.function == "PreventInTransactionBlock"
        and not failure.context
        and not is_call
    )


def syntax_error(session: Session, text: str) -> QueryFailed | None:
    """Have the server parse a whole file without running any of it; return its syntax error, placed in the file.

    PostgreSQL parses all of a simple Query message before it runs the first statement, and the first one here fails.
    """
    try:
        session.simple(_PROBE + text)
    except QueryFailed as failure:
        if failure.sqlstate == SqlState.DIVISION_BY_ZERO and not failure.position:
            return None
        failure.position = max(0, failure.position - len(_PROBE))
        return failure
    return None


def migration_failed(
    prepared: Prepared, cause: QueryFailed, statement: Statement | None, *, kept: str = "", remedy: str = ""
) -> MigrationFailed:
    """Return the failure of a file; the position in `cause` counts from `statement`, or from the file's beginning."""
    offset = cause.position - 1 + (statement.start if statement is not None else 0)
    text = prepared.plan.text
    line = column = 0
    if cause.position and offset <= len(text):
        line, column = line_column(text, offset)
    return MigrationFailed(prepared.step.name, cause, text=text, line=line, column=column, kept=kept, remedy=remedy)


def place_of(prepared: Prepared, statement: Statement) -> str:
    """Return `name:line` of a statement, behind the comments that lead it."""
    line, _ = line_column(prepared.plan.text, statement.start)
    return f"{prepared.step.name}:{line}"
