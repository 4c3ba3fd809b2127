"""Are numbers of one kind?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.lint.numbering import Numbering, migrations, numbering

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import File

CARD = Card(
    code="WB655",
    name="mixed-numbering",
    severity=Severity.ADVICE,
    title="The directory mixes kinds of numbers",
    condition=(
        "Numbers in sequence, seconds since 1970 and dates, two of these in one directory. It is said once "
        "for each kind, on its first file behind those of another."
    ),
    effect="A new number in sequence stands before all times, and is never run where the database is past one.",
    remedy="Take the kind of the highest number from now on.",
)
KINDS = ("Directory",)


def check(statement: None, node: list[File], context: Context) -> Iterator[Found]:
    """Look at a directory's files."""
    last: Numbering | None = None
    for version, file in migrations(node):
        if version == 0:
            continue  # the beginning of any kind
        kind = numbering(version)
        if last is not None and kind is not last and file.linted:
            yield Found(f"its number is {kind}, that of the file before it is {last}", file=file)
        last = kind
