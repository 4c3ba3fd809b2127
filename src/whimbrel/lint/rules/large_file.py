"""Does a file hold many statements?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import File

_MANY = 25
CARD = Card(
    code="WB267",
    name="large-file",
    severity=Severity.ADVICE,
    on=False,
    title="A file holds many statements",
    condition=f"More than {_MANY} statements that change the schema or rows.",
    effect="It is hard to review and to undo, and its first lock is kept until its last statement is done.",
    remedy="Split it into files that each do one thing.",
    safe="CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);",
)
KINDS = ("File",)
_SMALL = frozenset({"CommentStmt", "VariableSetStmt", "TransactionStmt", "GrantStmt", "SelectStmt"})


def check(statement: None, node: File, context: Context) -> Iterator[Found]:
    """Count a file's statements."""
    counted = [one for one in node.statements if one.kind not in _SMALL]
    if len(counted) > _MANY:
        at = counted[_MANY]
        yield Found(f"the file holds {len(counted)} statements", at.start, at.end)
