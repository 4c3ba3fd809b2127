"""Do the numbers have one width?"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.lint.numbering import Numbering, digits, migrations, numbering

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import File

CARD = Card(
    code="WB654",
    name="mixed-number-widths",
    severity=Severity.ADVICE,
    title="A number is written in another width than the others",
    condition=(
        "A number with fewer or more digits than most: leading zeros in one and not in the other, or times of "
        "another length."
    ),
    effect=(
        "Numbers in sequence run in numeric order, but are listed in another. Times of different lengths do "
        "not run in the order of time."
    ),
    remedy="Write the number as wide as the others, if no database has run the file.",
)
KINDS = ("Directory",)


def check(statement: None, node: list[File], context: Context) -> Iterator[Found]:
    """Look at a directory's files."""
    found = migrations(node)
    widths: dict[Numbering, Counter[int]] = {}
    for version, file in found:
        widths.setdefault(numbering(version), Counter())[len(digits(file))] += 1
    for version, file in found:
        if not file.linted or len(widths[kind := numbering(version)]) == 1:
            continue
        number = digits(file)
        usual = widths[kind].most_common(1)[0][0]
        if kind is Numbering.SEQUENCE and not _is_odd(number, usual, found):
            continue
        if len(number) != usual:
            has = "1 digit" if len(number) == 1 else f"{len(number)} digits"
            yield Found(f"{number} has {has}, most others here have {usual}", file=file)


def _is_odd(number: str, usual: int, found: list[tuple[int, File]]) -> bool:
    """Say whether a number in sequence does not fit: where none has leading zeros, or it outgrew them, it does."""
    if len(number) > usual:
        return number.startswith("0")
    return any(digits(file).startswith("0") and len(digits(file)) == usual for _, file in found)
