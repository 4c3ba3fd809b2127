"""Does a down file undo anything?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.lint.nothing_to_undo import leaves_nothing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import File

CARD = Card(
    code="WB630",
    name="empty-down",
    severity=Severity.WARNING,
    title="A down file undoes nothing",
    condition=(
        "A down file without a statement, where its up file makes or drops something. Not where the up file "
        "only changes rows, maintains, validates, or adds a value to an enum."
    ),
    effect="Going down past it succeeds and leaves the schema as it is; the next up fails on what is still there.",
    remedy="Write the statements that undo the up file; or say in a suppression why there are none.",
    safe="DROP TABLE orders;",
)
KINDS = ("DownFile",)


def check(statement: None, node: File, context: Context) -> Iterator[Found]:
    """Look at a down file."""
    up = node.pair
    if up is None or not node.is_blank:
        return
    if not all(leaves_nothing(one) for one in up.statements):
        yield Found(f"it undoes nothing of {up.name}")
