"""Does a file take strong locks without a limit to the wait for them?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.lint.session_settings import in_force, is_zero
from whimbrel.pg_types.lock_mode import LockMode
from whimbrel.schema.catalog import written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.lint.held_locks import HeldLocks

CARD = Card(
    code="WB240",
    name="missing-lock-timeout",
    severity=Severity.WARNING,
    on=False,
    title="A wait for a lock has no limit",
    condition="A file's first SHARE or stronger lock on a table that was there before, without a lock_timeout before "
    "it.",
    effect="A lock request that waits makes all who come after it wait too, reads behind an ACCESS EXCLUSIVE one: "
    "one long query before it stops the table for as long as that query runs. The limit counts for each wait by "
    "itself.",
    remedy="Set lock_timeout to some seconds at the file's head, or for the role that migrates, and run again if it "
    "passes.",
    safe="SET LOCAL lock_timeout = '3s';\nALTER TABLE orders ADD COLUMN note text;",
    measured=("add col nullable", "add FK NOT VALID", "create index"),
    lock=LockMode.ACCESS_EXCLUSIVE,
    rewrites=False,
    sources=("https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-LOCK-TIMEOUT",),
)
KINDS = ("FirstLock",)


def check(statement: Statement, node: HeldLocks, context: Context) -> Iterator[Found]:
    """Look at the first statement that takes a lock."""
    if statement.kind == "LockStmt" and statement.node.nowait:
        return
    limit = in_force("lock_timeout", statement, context.earlier)
    if limit is None or is_zero(limit):
        table = written(next(iter(node.own)))
        yield Found(f"the wait for a lock on {table} has no limit, and all who come after it wait too")
