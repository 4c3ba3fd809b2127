"""Does the file hold placeholders of a template?"""

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
    code="WB005",
    name="template-placeholder",
    severity=Severity.ERROR,
    title="A placeholder that nobody has filled in",
    condition="A statement that PostgreSQL refuses and that holds {{ … }}, ${…}, <% … %>, :name or %(name)s.",
    effect="The file is sent as it is, so the server refuses the placeholder.",
    remedy="Write the value, or fill in the template before the migration is run.",
)
KINDS = ("Unreadable",)


def check(statement: None, node: Unreadable, context: Context) -> Iterator[Found]:
    """Look at what could not be read."""
    if node.reason is Reason.TEMPLATE:
        yield Found(f"{node.message} is a template's placeholder, which nobody fills in", node.at, node.end)
