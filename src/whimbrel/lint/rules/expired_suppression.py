"""Has the time of a suppression run out?"""

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
    code="WB644",
    name="expired-suppression",
    severity=Severity.ERROR,
    title="A suppression that has ended",
    condition="A whimbrel comment whose until date has passed.",
    effect="The findings that it held back are shown again.",
    remedy="Repair what it held back, or set a later date.",
)
KINDS = ("Suppression",)


def check(statement: None, node: FaultySuppression, context: Context) -> Iterator[Found]:
    """Look at a suppression that is no good."""
    if node.fault is Fault.EXPIRED:
        yield Found(f"this suppression ended on {node.suppression.until}", node.suppression.at, node.suppression.end)
