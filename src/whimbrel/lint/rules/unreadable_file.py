"""Is the file no text that PostgreSQL takes?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.lint.parsing import Reason, Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context

CARD = Card(
    code="WB002",
    name="unreadable-file",
    severity=Severity.ERROR,
    title="The file is no text that PostgreSQL takes",
    condition="Binary data, UTF-16, bytes that are not UTF-8, a NUL, or a statement that nests too deep"
    " for the grammar or that it cannot read in seconds.",
    effect="The server cannot take the file, so the migration fails there.",
    remedy="Save the file as UTF-8 text without NUL characters.",
)
KINDS = ("Unreadable",)


def check(statement: None, node: Unreadable, context: Context) -> Iterator[Found]:
    """Look at what could not be read."""
    if (what := _WHAT.get(node.reason)) is not None:
        yield Found(what, node.at, node.end)


_WHAT = {
    Reason.BINARY: "the file is binary data, not SQL",
    Reason.UTF_16: "the file is UTF-16, which PostgreSQL does not take: it must be UTF-8",
    Reason.NOT_UTF_8: "this byte is not UTF-8",
    Reason.NUL: "this is a NUL character, which PostgreSQL has no text for",
    Reason.TOO_DEEP: "this statement nests too deep to be read",
    Reason.TOO_SLOW: "this statement takes too long to be read",
}
