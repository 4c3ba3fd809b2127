"""Have two files the same number?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.lint.numbering import digits, migrations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import File

CARD = Card(
    code="WB646",
    name="duplicate-version",
    severity=Severity.ERROR,
    title="Two files have the same number",
    condition="Two up files, or two down files, whose numbers are equal; leading zeros do not count. "
    "Not directories with a migration.sql, which Prisma knows by their whole names.",
    effect="Neither Whimbrel nor golang-migrate runs a directory with two files of one number and direction.",
    remedy="Give the newer one a number of its own, behind all others.",
)
KINDS = ("Directory",)


def check(statement: None, node: list[File], context: Context) -> Iterator[Found]:
    """Look at a directory's files."""
    first: dict[tuple[object, bool], File] = {}
    told: set[File] = set()
    for version, file in migrations(node):
        if file.path.endswith("/migration.sql"):
            continue  # Prisma knows a migration by the whole name of its directory
        # Of directories the numbers are texts, which may be of several lengths.
        number = version if file.path.endswith(file.name) else digits(file)
        other = first.setdefault((number, file.is_down), file)
        if other is file:
            continue
        here = file if file.linted else other
        if here.linted and here not in told:
            told.add(here)
            yield Found(f"it has the number {version} of {(other if here is file else file).name}", file=here)
