"""Does the file begin with a byte order mark?"""

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
    code="WB003",
    name="byte-order-mark",
    severity=Severity.ERROR,
    title="The file begins with a byte order mark",
    condition="A UTF-8 byte order mark before the first statement.",
    effect="PostgreSQL takes the mark for a part of the first word and refuses the file with a syntax error.",
    remedy="Save the file as UTF-8 without a byte order mark.",
)
KINDS = ("Unreadable",)


def check(statement: None, node: Unreadable, context: Context) -> Iterator[Found]:
    """Look at what could not be read."""
    if node.reason is Reason.BYTE_ORDER_MARK:
        yield Found("the file begins with a byte order mark, which PostgreSQL takes for a part of the first word", 0, 3)
