"""Does an extension change its version or its members?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.sql.tree import AlterExtensionStmt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import AlterExtensionContentsStmt

CARD = Card(
    code="WB722",
    name="alter-extension",
    severity=Severity.ADVICE,
    title="An extension changes its version or its members",
    condition="ALTER EXTENSION … UPDATE, ADD or DROP in an up file.",
    effect=(
        "UPDATE runs the scripts of the extension, whatever locks they take, and to the version that the server has: "
        "another on each server where TO is not written. What is taken out of an extension is dumped and dropped on "
        "its own from then on."
    ),
    remedy="Write UPDATE TO with the version, and read its script first.",
    on=False,
    sources=("https://www.postgresql.org/docs/current/sql-alterextension.html",),
    up_only=True,
)
KINDS = ("AlterExtensionStmt", "AlterExtensionContentsStmt")


def check(
    statement: Statement, node: AlterExtensionStmt | AlterExtensionContentsStmt, context: Context
) -> Iterator[Found]:
    """Look at an ALTER EXTENSION."""
    change = "becomes another version" if isinstance(node, AlterExtensionStmt) else "gets other members"
    yield Found(f"extension {node.extname} {change} under running code")
