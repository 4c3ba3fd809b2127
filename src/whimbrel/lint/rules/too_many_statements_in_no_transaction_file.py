"""Can a file stop half way?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.context import Target
from whimbrel.lint.found import Found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import File

CARD = Card(
    code="WB637",
    name="too-many-statements-in-no-transaction-file",
    severity=Severity.ADVICE,
    title="A file can stop half way",
    condition=(
        'A file with the comment "-- whimbrel: no-transaction" and more than one statement or block, not '
        "counting SET and transaction control; golang-migrate does not know the comment."
    ),
    effect=(
        "Each statement is committed by itself: others see the schema between two of them, and where one "
        "fails, those before it stay. Whimbrel goes on behind them the next time."
    ),
    remedy="Give each statement a file of its own.",
)
KINDS = ("File",)


_NOT_COUNTED = frozenset({"VariableSetStmt", "TransactionStmt"})


def check(statement: None, node: File, context: Context) -> Iterator[Found]:
    """Look at a file, when all of it has been seen."""
    if not node.no_transaction or context.target is not Target.WHIMBREL:
        return
    counted = [one for one in node.statements if one.kind not in _NOT_COUNTED]
    # What stands in a block of the file's own is committed together.
    units = list({one.transaction if one.in_block else -1 - one.number: one for one in reversed(counted)}.values())
    if len(units) > 1:
        what = "statements" if len(units) == len(counted) else "statements and blocks"
        second = units[-2]
        yield Found(f"each of its {len(units)} {what} is committed by itself", second.start, second.end)
