"""Does a routine do something else under the running release?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.schema.fold_routine import signature_of
from whimbrel.sql.tree import AlterFunctionStmt, names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import CreateFunctionStmt

CARD = Card(
    code="WB715",
    name="replace-routine",
    severity=Severity.ADVICE,
    title="A routine is replaced, or gets other options, under running code",
    condition=(
        "CREATE OR REPLACE FUNCTION or PROCEDURE, or ALTER FUNCTION with options, in an up file, of one that was "
        "there before the release."
    ),
    effect="The release that still runs calls the new body from the commit on: it must do for both releases.",
    remedy="Keep what the running release expects of it, or make a second one under a new name.",
    on=False,
    sources=("https://www.postgresql.org/docs/current/sql-createfunction.html",),
    up_only=True,
)
KINDS = ("CreateFunctionStmt", "AlterFunctionStmt")


def check(statement: Statement, node: CreateFunctionStmt | AlterFunctionStmt, context: Context) -> Iterator[Found]:
    """Look at a routine that changes."""
    if isinstance(node, AlterFunctionStmt):
        parts = names(node.func.objname) if node.func is not None else ()
        known = context.catalog.function(parts) if parts else None
        if parts and (known is None or not context.is_fresh(known)):
            yield Found(f"{parts[-1]} works with other options for running code")
        return
    parts = names(node.funcname)
    known = context.catalog.function(parts) if node.replace else None
    if known is not None and not context.is_fresh(known) and signature_of(node) in known.signatures:
        yield Found(f"running code calls the new body of {parts[-1]}")
