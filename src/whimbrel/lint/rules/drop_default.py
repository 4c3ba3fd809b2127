"""Does code run that counts on a default?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.lint.later import commands
from whimbrel.pg_types.lock_mode import LockMode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import AlterTableCmd

CARD = Card(
    code="WB379",
    name="drop-default",
    severity=Severity.WARNING,
    title="Running code may count on the default",
    condition=(
        "DROP DEFAULT in an up file, with no other value in its place, on a table that was there before the "
        "release. Advice where the column may be NULL."
    ),
    effect=(
        "An INSERT of the running release that leaves the column out writes NULL, and fails with 23502 where "
        "the column is NOT NULL. It takes an ACCESS EXCLUSIVE lock for a moment."
    ),
    remedy="Release code that always writes the column; drop the default in a later release.",
    measured=("drop default",),
    lock=LockMode.ACCESS_EXCLUSIVE,
    rewrites=False,
    scans=False,
    sources=("https://www.postgresql.org/docs/current/sql-altertable.html",),
    up_only=True,
)
KINDS = ("AT_ColumnDefault",)


_IN_ITS_PLACE = frozenset({"AT_ColumnDefault", "AT_AddIdentity", "AT_DropColumn", "AT_DropNotNull"})


def check(statement: Statement, node: AlterTableCmd, context: Context) -> Iterator[Found]:
    """Look at a DROP DEFAULT."""
    alter = statement.node
    if node.definition is not None or context.is_new(alter.relation):
        return
    table = context.relation(alter.relation)
    column = table.columns.get(node.name) if table is not None else None
    if column is not None and not column.has_default:
        return
    nullable = column is not None and not column.not_null
    if column is not None and nullable and context.is_fresh(column):
        return
    after = commands(statement, alter.relation, node)
    if any(one.subtype in _IN_ITS_PLACE and one.name == node.name for one in after):
        return
    what = "writes NULL" if nullable else "fails"
    yield Found(
        f"an INSERT that leaves {node.name} of {alter.relation.relname} out {what} from now on",
        severity=Severity.ADVICE if nullable else None,
    )
