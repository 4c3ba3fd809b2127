"""Is there a statement that PostgreSQL cannot read?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.lint.parsing import Reason, Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context

CARD = Card(
    code="WB001",
    name="syntax-error",
    severity=Severity.ERROR,
    title="PostgreSQL refuses the text",
    condition="A statement that PostgreSQL 18's grammar does not take.",
    effect="The server refuses the whole message that it stands in, before it runs anything.",
    remedy="Correct the statement at the place that the server names.",
)
KINDS = ("Unreadable",)


def check(statement: None, node: Unreadable, context: Context) -> Iterator[Found]:
    """Look at what could not be read."""
    if node.reason is Reason.SYNTAX:
        yield Found(node.message, node.at, node.end)
