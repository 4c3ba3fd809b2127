"""Are foreign keys switched off?"""

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
    code="WB258",
    name="disable-trigger-all",
    severity=Severity.WARNING,
    title="DISABLE TRIGGER ALL switches foreign keys off",
    condition="ALTER TABLE … DISABLE TRIGGER ALL.",
    effect="ALL means the triggers that enforce foreign keys too: rows that break them get in, for every session, "
    "and nothing checks them when the triggers are enabled again. It needs a superuser, and takes SHARE ROW "
    "EXCLUSIVE: writes wait until the transaction ends.",
    remedy="Write DISABLE TRIGGER USER, or name the trigger, which leaves foreign keys alone.",
    safe="ALTER TABLE orders DISABLE TRIGGER USER;",
    measured=("disable trigger all",),
    lock=LockMode.SHARE_ROW_EXCLUSIVE,
    rewrites=False,
    scans=False,
    sources=("https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-DISABLE-ENABLE-TRIGGER",),
)
KINDS = ("AT_DisableTrigAll",)


def check(statement: Statement, node: AlterTableCmd, context: Context) -> Iterator[Found]:
    """Look at a DISABLE TRIGGER ALL."""
    yield Found(f"foreign keys of {statement.node.relation.relname} are not enforced while all its triggers are off")
