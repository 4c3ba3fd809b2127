"""Do the numbers change that running code gets from a sequence?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.sql.tree import AlterSeqStmt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import AlterTableCmd, DefElemNode

CARD = Card(
    code="WB710",
    name="alter-sequence",
    severity=Severity.ADVICE,
    title="The numbers of a sequence change under running code",
    condition=(
        "ALTER SEQUENCE, or ALTER COLUMN … RESTART or SET of an identity column, other than OWNED BY, in an up file, "
        "on a sequence or table that was there before the file."
    ),
    effect=(
        "Running code gets other numbers from then on: after RESTART some that are taken already, so that INSERTs "
        "fail with 23505; with another INCREMENT not those that a block of numbers was counted from."
    ),
    remedy="Restart above the highest number that is in use, and change INCREMENT when no code that counts on it runs.",
    on=False,
    sources=("https://www.postgresql.org/docs/current/sql-altersequence.html",),
    up_only=True,
)
KINDS = ("AlterSeqStmt", "AT_SetIdentity")


def check(statement: Statement, node: AlterSeqStmt | AlterTableCmd, context: Context) -> Iterator[Found]:
    """Look at what changes a sequence."""
    if isinstance(node, AlterSeqStmt):
        if not context.is_new(node.sequence) and _numbers(node.options):
            yield Found(f"running code gets other numbers from {node.sequence.relname}")
        return
    options = node.definition.options if node.definition is not None else None
    relation = statement.node.relation
    if options is not None and not context.is_new(relation) and _numbers(options.items):
        yield Found(f"running code gets other numbers for {node.name} of {relation.relname}")


def _numbers(options: list[DefElemNode]) -> bool:
    return any(one.option is not None and one.option.defname not in ("owned_by", "generated") for one in options)
