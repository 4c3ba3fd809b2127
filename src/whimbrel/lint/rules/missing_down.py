"""Can each migration be undone?"""

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
    code="WB631",
    name="missing-down",
    severity=Severity.WARNING,
    title="A migration cannot be undone",
    condition=(
        "An up file without a down file of its number. Where a directory has no down file at all, it is said once."
    ),
    effect="Going down passes over it: the version changes, the schema does not.",
    remedy="Write the down file. Where nothing can be undone, write one that says so in a comment.",
)
KINDS = ("Directory",)


def check(statement: None, node: list[File], context: Context) -> Iterator[Found]:
    """Look at a directory's files."""
    ups = [file for file in node if file.direction is Direction.UP]
    undone = {file.version for file in node if file.is_down}
    if not undone and len(ups) > 1:
        linted = [file for file in ups if file.linted]
        if linted:
            yield Found(f"none of the {len(ups)} migrations here has a down file", file=linted[-1])
        return
    for file in ups:
        if file.linted and file.version not in undone:
            yield Found(f"{file.name} has no down file", file=file)
