"""Does a suppression say why?"""

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
    code="WB642",
    name="suppression-without-reason",
    severity=Severity.WARNING,
    title="A suppression without a reason",
    condition="A whimbrel comment that ignores a rule and does not say why.",
    effect="Nobody can tell later whether the finding may be ignored still.",
    remedy="Write the reason behind the bracket.",
)
KINDS = ("Suppression",)


def check(statement: None, node: FaultySuppression, context: Context) -> Iterator[Found]:
    """Look at a suppression that is no good."""
    if node.fault is Fault.NO_REASON:
        yield Found("this suppression says no reason", node.suppression.at, node.suppression.end)
