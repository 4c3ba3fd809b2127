"""Does an up file do anything?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.migration.direction import Direction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import File

CARD = Card(
    code="WB651",
    name="empty-up",
    severity=Severity.ADVICE,
    title="An up file does nothing",
    condition="An up file without a statement.",
    effect="The version changes, the schema does not. Often it is a file that somebody forgot to fill or to save.",
    remedy="Fill it; or delete the pair, if no database has run it.",
)
KINDS = ("UpFile",)


def check(statement: None, node: File, context: Context) -> Iterator[Found]:
    """Look at an up file."""
    if node.direction is Direction.UP and node.is_blank:
        yield Found("it has no statement")
