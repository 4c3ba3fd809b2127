"""Is a number left out?"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.lint.numbering import LARGEST_IN_SEQUENCE, migrations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import File

CARD = Card(
    code="WB635",
    name="version-gap",
    severity=Severity.ADVICE,
    title="A number is left out",
    condition=(
        "Numbers in sequence, not times, that go on without a hole but for one in ten; the hole is before this file."
    ),
    effect=(
        "Often a file was forgotten, or two branches counted on each other. A file that fills the hole later "
        "is never run where the database is past it."
    ),
    remedy=(
        "Look whether a file is missing; if none is, leave it, or close the hole before any database has run the file."
    ),
)
KINDS = ("Directory",)


_ONE_IN = 10


def check(statement: None, node: list[File], context: Context) -> Iterator[Found]:
    """Look at a directory's files."""
    found = migrations(node)
    if not found or found[-1][0] > LARGEST_IN_SEQUENCE:
        return
    holes = [(before, version, file) for (before, _), (version, file) in pairwise(found) if version > before + 1]
    if len(holes) > max(1, len({version for version, _ in found}) // _ONE_IN):
        return
    for before, version, file in holes:
        if file.linted:
            left_out = f"{before + 1}" if version == before + 2 else f"{before + 1} to {version - 1}"
            yield Found(f"no migration has the number {left_out}", file=file)
