"""Has each down file something to undo?"""

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
    code="WB648",
    name="down-without-up",
    severity=Severity.WARNING,
    title="A down file has no up file",
    condition="A down file with a number that no up file has.",
    effect=(
        "The number counts as a migration: going up passes over it without a change, going down runs the "
        "file, which undoes what was never done."
    ),
    remedy="Add the up file, give the down file the number of its up file, or delete it.",
)
KINDS = ("DownFile",)


def check(statement: None, node: File, context: Context) -> Iterator[Found]:
    """Look at a down file."""
    if node.pair is None:
        yield Found(f"no up file has the number {node.version}")
