"""Is a number larger than PostgreSQL can hold?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.errors import NumberTooLarge
from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.migration.filename import parse
from whimbrel.migration.version import MAX

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import File

CARD = Card(
    code="WB650",
    name="number-too-large",
    severity=Severity.ERROR,
    title="A migration's number is too large",
    condition="A name with a number over 9223372036854775807, which is 2^63-1.",
    effect="The version table cannot hold it, and Whimbrel does not run the directory.",
    remedy="Give it a smaller number: the date and time as 14 digits fits.",
)
KINDS = ("Directory",)


def check(statement: None, node: list[File], context: Context) -> Iterator[Found]:
    """Look at a directory's files."""
    for file in node:
        if file.version is None and file.linted and _is_too_large(file.name):
            yield Found(f"its number is larger than {MAX}", file=file)


def _is_too_large(name: str) -> bool:
    try:
        parse(name)
    except NumberTooLarge:
        return True
    return False
