"""Is a down file a copy of its up file?"""

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
    code="WB653",
    name="down-repeats-up",
    severity=Severity.WARNING,
    title="A down file is a copy of its up file",
    condition="A down file with the statements of its up file, if these leave something behind.",
    effect="It undoes nothing, and most often fails, since what it makes is there.",
    remedy="Write the statements that undo the up file.",
)
KINDS = ("DownFile",)


def check(statement: None, node: File, context: Context) -> Iterator[Found]:
    """Look at a down file."""
    up = node.pair
    if up is None or not node.statements or len(node.statements) != len(up.statements):
        return
    if any(one.kind != other.kind for one, other in zip(node.statements, up.statements, strict=True)):
        return
    if all(leaves_nothing(one) for one in up.statements):
        return
    if all(one.text.split() == other.text.split() for one, other in zip(node.statements, up.statements, strict=True)):
        yield Found(f"it has the same statements as {up.name}")
