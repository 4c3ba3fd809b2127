"""Was a migration changed that databases may have run?"""

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
    code="WB657",
    name="edited-migration",
    severity=Severity.WARNING,
    title="A migration that was there before has been changed",
    condition="With --since: an up file that the revision holds with another content. Down files may be mended.",
    effect="Databases that have run it keep what it made before, and new ones get something else; nobody compares.",
    remedy="Take the change back, and write a new migration.",
    up_only=True,
)
KINDS = ("Directory",)


def check(statement: None, node: list[File], context: Context) -> Iterator[Found]:
    """Look at a directory's files."""
    for file in node:
        if file.edited and not file.is_down and file.version is not None:
            yield Found("databases that have run it keep what it made before it was changed", file=file)
