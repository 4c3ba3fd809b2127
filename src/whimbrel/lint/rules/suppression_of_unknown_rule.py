"""Does a comment of ours mean something: a rule that there is, and a date that there is?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.lint.suppress import Fault, FaultySuppression

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context

CARD = Card(
    code="WB645",
    name="suppression-of-unknown-rule",
    severity=Severity.ERROR,
    title="A whimbrel comment that means nothing",
    condition="A whimbrel comment that ignores no rule or one that does not exist, whose until is no date, that is none"
    " of the words that are known, or that asks for no transaction behind the first statement.",
    effect="What was to be held back is shown, or is held back for ever; whimbrel does not run a file with such a word"
    " at its head.",
    remedy="Write ignore[rule] with the rule's name as the finding shows it, and the date as 2027-01-31.",
)
KINDS = ("Suppression",)


def check(statement: None, node: FaultySuppression, context: Context) -> Iterator[Found]:
    """Look at a suppression that is no good."""
    at, end = node.suppression.at, node.suppression.end
    if node.fault is Fault.UNKNOWN_RULE:
        yield Found(f"there is no rule {node.rule}", at, end)
    elif node.fault is Fault.NO_DATE:
        yield Found(f"{node.rule} is no date such as 2027-01-31", at, end)
    elif node.fault is Fault.NO_RULE:
        yield Found("this suppression names no rule", at, end)
    elif node.fault is Fault.MEANINGLESS:
        yield Found(node.rule, at, end)
