"""Do an up file and its down file belong together?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import File

CARD = Card(
    code="WB652",
    name="pair-titles-differ",
    severity=Severity.ADVICE,
    title="An up file and its down file have different titles",
    condition="A down file whose name, behind the number, is another than that of the up file with its number.",
    effect=(
        "They run as a pair all the same, by number: where two branches took the same number, the one undoes the other."
    ),
    remedy="Look whether they belong together; give both the same title.",
)
KINDS = ("DownFile",)


def check(statement: None, node: File, context: Context) -> Iterator[Found]:
    """Look at a down file."""
    up = node.pair
    if up is not None and up.title != node.title:
        yield Found(f"it undoes {up.name}, which has another title")
