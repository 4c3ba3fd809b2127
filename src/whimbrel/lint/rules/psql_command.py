"""Does the file need psql?"""

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
    code="WB004",
    name="psql-command",
    severity=Severity.ERROR,
    title="A command of psql",
    condition="A line that begins with a backslash, or the data of COPY … FROM stdin.",
    effect="Only psql understands it: the server, to which the file is sent, refuses it.",
    remedy="Write what it does in SQL, or load data with INSERT or with COPY from a file on the server.",
)
KINDS = ("Unreadable",)


def check(statement: None, node: Unreadable, context: Context) -> Iterator[Found]:
    """Look at what could not be read."""
    if node.reason is Reason.PSQL_COMMAND:
        yield Found(f"{node.message} is a command of psql, which the server refuses", node.at, node.end)
    elif node.reason is Reason.COPY_DATA:
        yield Found("these are data for psql's COPY … FROM stdin, which the server takes for SQL", node.at, node.end)
