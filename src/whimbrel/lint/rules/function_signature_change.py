"""Does the old function stay beside the one that is to replace it?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.lint.later import later
from whimbrel.schema.fold_routine import signature_of
from whimbrel.sql.tree import names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import CreateFunctionStmt

CARD = Card(
    code="WB383",
    name="function-signature-change",
    severity=Severity.WARNING,
    title="The old function stays beside the new one",
    condition=(
        "CREATE OR REPLACE FUNCTION or PROCEDURE in an up file with other parameter types than the one of "
        "that name from an earlier release, which the file does not drop."
    ),
    effect=(
        "It makes a second function: callers of the old signature go on to run the old body, and a call that "
        "fits both fails with 42725."
    ),
    remedy=(
        "Drop the old signature in the same transaction, or write CREATE FUNCTION without OR REPLACE where "
        "both are meant."
    ),
    safe="DROP FUNCTION total(int);",
    sources=("https://www.postgresql.org/docs/current/sql-createfunction.html",),
    up_only=True,
)
KINDS = ("CreateFunctionStmt",)


def check(statement: Statement, node: CreateFunctionStmt, context: Context) -> Iterator[Found]:
    """Look at a CREATE OR REPLACE FUNCTION."""
    if not node.replace:
        return
    parts = names(node.funcname)
    known = context.catalog.function(parts)
    if known is None or context.is_fresh(known) or signature_of(node) in known.signatures:
        return
    if any(_drops(other, parts[-1]) for other in later(statement, "DropStmt")):
        return
    old = ", ".join(known.signatures[-1])
    yield Found(f"{parts[-1]}({old}) stays beside the {parts[-1]} that is created here with other parameters")


def _drops(statement: Statement, name: str) -> bool:
    return statement.kind == "DropStmt" and any(one.name[-1:] == (name,) for one in statement.node.objects)
