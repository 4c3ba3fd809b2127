"""Does a new file stand before one that is not new?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.lint.numbering import migrations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import File

CARD = Card(
    code="WB636",
    name="non-linear-addition",
    severity=Severity.ERROR,
    title="A new migration stands before one that is not new",
    condition="With --since: a new up file whose number is lower than that of an up file that was there before.",
    effect=(
        "Whimbrel and golang-migrate go up from the version that the database has: where it is past the "
        "number, the file is never run, and nothing says so."
    ),
    remedy="Give it a number behind all others.",
)
KINDS = ("Directory",)


def check(statement: None, node: list[File], context: Context) -> Iterator[Found]:
    """Look at a directory's files."""
    if context.since is None:
        return
    ups = [(version, file) for version, file in migrations(node) if not file.is_down]
    old = [(version, file) for version, file in ups if not file.new]
    if not old:
        return
    highest, last = old[-1]
    for version, file in ups:
        if file.new and file.linted and version < highest:
            yield Found(f"databases that have run {last.name} never run it", file=file)
