"""Does a file that runs statement by statement mix what could be undone together with what cannot?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.context import Target
from whimbrel.lint.found import Found
from whimbrel.sql.outside_transaction import refuses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import File

CARD = Card(
    code="WB245",
    name="mixed-transactional-and-not",
    severity=Severity.WARNING,
    title="A file without a transaction holds more than what needs that",
    condition="A file with `-- whimbrel: no-transaction` that holds a statement which refuses transactions, and "
    "others that take one.",
    effect="Each statement is committed by itself. When one fails, those before it stay done: the schema is then "
    "neither the old one nor the new one.",
    remedy="Put the statements that take a transaction into a file of their own, without the directive.",
    safe="-- whimbrel: no-transaction\nCREATE INDEX CONCURRENTLY orders_user_id_idx ON orders (user_id);",
)
KINDS = ("File",)
# Of VacuumStmt only ANALYZE takes a transaction.
_NEUTRAL = frozenset({"VariableSetStmt", "TransactionStmt", "SelectStmt", "VacuumStmt"})


def check(statement: None, node: File, context: Context) -> Iterator[Found]:
    """Look at a file with the directive."""
    if not node.no_transaction or context.target is not Target.WHIMBREL:
        return
    plain = [one for one in node.statements if one.kind not in _NEUTRAL and not refuses(one.kind, one.node)]
    if plain and any(refuses(one.kind, one.node) for one in node.statements):
        first = plain[0]
        if any(one.number > first.number for one in node.statements if one.kind not in _NEUTRAL):
            what = "this is committed by itself and stays done when a later statement fails"
        else:
            what = "what stands before this stays done when it fails"
        yield Found(f"the file has no transaction, so {what}", first.start, first.end)
