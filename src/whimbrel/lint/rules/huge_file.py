"""Is the file a load of data rather than a change of the schema?"""

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
    code="WB006",
    name="huge-file",
    severity=Severity.WARNING,
    title="The file is too large to be looked through",
    condition="A file of one megabyte or more.",
    effect="It holds its locks and its transaction for as long as it loads. Of the "
    "INSERTs with VALUES for the same columns only the first is looked at, and none of over 64 kB.",
    remedy="Load data outside of migrations, in batches.",
)
KINDS = ("Unreadable",)


def check(statement: None, node: Unreadable, context: Context) -> Iterator[Found]:
    """Look at what could not be read."""
    if node.reason is Reason.TOO_LARGE:
        yield Found(f"{node.message}: a load, which keeps one transaction open for long", 0, 0)
