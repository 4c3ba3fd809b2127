"""Does the old function stay beside the one that is to replace it?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.lint.later import later
from whimbrel.schema.fold_routine import head_of, signature_of
from whimbrel.sql.tree import names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.schema.catalog import Head
    from whimbrel.sql.tree import CreateFunctionStmt

CARD = Card(
    code="WB383",
    name="function-signature-change",
    severity=Severity.WARNING,
    title="The old function stays beside the new one",
    condition=(
        "CREATE OR REPLACE FUNCTION or PROCEDURE in an up file with other parameter types than the one of "
        "that name from an earlier release, which the file does not drop; an error where it has the same ones, and "
        "another kind, return type, name of a parameter, or fewer defaults, which the server refuses."
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
    if known is None:
        return
    signature = signature_of(node)
    if signature in known.signatures:
        if signature in known.heads and (what := _refused(known.heads[signature], head_of(node, context.catalog))):
            yield Found(
                f"the server refuses to replace {parts[-1]} with {what}",
                effect="The statement fails (42P13, or 42809 for another kind of routine).",
                remedy="Drop the old one first, in the same transaction, or keep what it was made with.",
                severity=Severity.ERROR,
            )
        return
    if context.is_fresh(known):
        return
    if any(_drops(other, parts[-1]) for other in later(statement, "DropStmt")):
        return
    old = ", ".join(known.signatures[-1])
    yield Found(f"{parts[-1]}({old}) stays beside the {parts[-1]} that is created here with other parameters")


def _refused(old: Head, new: Head) -> str:
    """Return what of a routine CREATE OR REPLACE cannot change, as far as the files tell; empty for nothing."""
    if old.kind != new.kind:
        return f"a {new.kind}"
    one, two = old.returns, new.returns
    if one is not None and two is not None and not one.schema and not two.schema:
        if (one.name, one.array) != (two.name, two.array):
            return f"one that returns {two}"
        if old.many != new.many:
            return "one that returns " + ("many rows" if new.many else "one row")
    for before, after in zip(old.names, new.names, strict=False):
        if before and before != after:
            return f"one whose parameter {before} is " + (f"called {after}" if after else "without a name")
    return f"one with fewer defaults, {new.defaults} instead of {old.defaults}" if new.defaults < old.defaults else ""


def _drops(statement: Statement, name: str) -> bool:
    return statement.kind == "DropStmt" and any(one.name[-1:] == (name,) for one in statement.node.objects)
