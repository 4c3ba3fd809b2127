"""Does code run that counts on the default that was?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.pg_types.lock_mode import LockMode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import AlterTableCmd

CARD = Card(
    code="WB386",
    name="change-default",
    severity=Severity.ADVICE,
    title="Running code may count on the default that was",
    condition=(
        "SET DEFAULT in an up file, on a column that has another default, of a table that was there before the release."
    ),
    effect=(
        "Rows that the running release inserts without the column get the new value at once; a library that "
        "read the defaults when it started writes the old one. It takes an ACCESS EXCLUSIVE lock for a "
        "moment."
    ),
    remedy="Let code write the column before its default changes.",
    on=False,
    measured=("set default",),
    lock=LockMode.ACCESS_EXCLUSIVE,
    rewrites=False,
    scans=False,
    sources=("https://www.postgresql.org/docs/current/sql-altertable.html",),
    up_only=True,
)
KINDS = ("AT_ColumnDefault",)


def check(statement: Statement, node: AlterTableCmd, context: Context) -> Iterator[Found]:
    """Look at a SET DEFAULT."""
    relation = statement.node.relation
    if node.definition is None or context.is_new(relation):
        return
    before = context.before.relation(relation) if context.before is not None else None
    column = before.columns.get(node.name) if before is not None else None
    if column is not None and column.has_default and not context.is_fresh(column):
        yield Found(f"rows that leave {node.name} of {relation.relname} out get another value from now on")
