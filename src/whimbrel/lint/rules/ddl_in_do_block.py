"""Does a DO block compute the statements that it runs?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.sql.grammar import GrammarError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import DoStmt

CARD = Card(
    code="WB263",
    name="ddl-in-do-block",
    severity=Severity.WARNING,
    title="A DO block computes the statements that it runs",
    condition="EXECUTE in a DO block of an expression, not of a constant text.",
    effect="What it locks and changes is known only when it runs: no rule can look at it, and the schema that later "
    "files are judged against may be another one.",
    remedy="Write the statements out as plain SQL; where names differ between databases, generate the file.",
    safe="ALTER TABLE orders ADD COLUMN note text;",
    sources=("https://www.postgresql.org/docs/current/plpgsql-statements.html#PLPGSQL-STATEMENTS-EXECUTING-DYN",),
)
KINDS = ("DoStmt",)


def check(statement: Statement, node: DoStmt, context: Context) -> Iterator[Found]:
    """Look into a DO."""
    text = statement.file.data[statement.start : statement.end]
    if b"execute" not in text.lower():
        return
    from whimbrel.sql.bodies import embedded

    try:
        computed = [one for one in embedded(text) if one.dynamic and not one.text]
    except GrammarError:
        return
    if computed:
        times = "a statement" if len(computed) == 1 else f"{len(computed)} statements"
        yield Found(f"this block computes {times}: what is locked and changed is known only when it runs")
