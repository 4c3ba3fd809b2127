"""Is a file passed over that somebody takes for a migration?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.context import Target
from whimbrel.lint.found import Found
from whimbrel.lint.numbering import migrations
from whimbrel.migration.filename import NameProblem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import File

CARD = Card(
    code="WB649",
    name="almost-migration",
    severity=Severity.WARNING,
    title="A file is almost named as a migration, and is not run",
    condition=(
        "Among migrations, a name with .up or .down or with a number that is not NUMBER_title.up.EXTENSION or "
        "NUMBER_title.down.EXTENSION: the direction in capitals, no number, no direction, or the name of a "
        "backup. For golang-migrate a backup is an error."
    ),
    effect=(
        "It is passed over without an error, so that its statements never run. golang-migrate takes a backup "
        "for a migration, with the number of its original, and refuses the directory."
    ),
    remedy="Give it a name that is run, move it to another directory, or delete it.",
)
KINDS = ("Directory",)


_SEEMS = re.compile(r"[0-9]|.*\.(?:up|down)\.")


def check(statement: None, node: list[File], context: Context) -> Iterator[Found]:
    """Look at a directory's files."""
    if not migrations(node):
        return
    for file in node:
        if file.version is not None or not file.linted:
            continue
        problem = file.almost
        if problem is None or (problem is NameProblem.NO_NUMBER and not _SEEMS.match(file.name)):
            continue
        refused = problem is NameProblem.BACKUP and context.target is Target.GOLANG_MIGRATE
        yield Found(f"{file.name} is not run: {problem}", severity=Severity.ERROR if refused else None, file=file)
