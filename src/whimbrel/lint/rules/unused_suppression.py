"""Does each suppression suppress something?"""

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
    code="WB643",
    name="unused-suppression",
    severity=Severity.WARNING,
    title="A suppression that suppresses nothing",
    condition="A whimbrel comment that ignores a rule which finds nothing there.",
    effect="It hides the next finding of that rule.",
    remedy="Take the rule out of the comment.",
)
KINDS = ("Suppression",)


def check(statement: None, node: FaultySuppression, context: Context) -> Iterator[Found]:
    """Look at a suppression that is no good."""
    if node.fault is Fault.UNUSED:
        yield Found(f"{node.rule} finds nothing here", node.suppression.at, node.suppression.end)
