"""Does a file change tables without a limit to how long a statement runs?"""

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
    code="WB242",
    name="missing-statement-timeout",
    severity=Severity.WARNING,
    on=False,
    title="A statement under a strong lock has no limit",
    condition="A file's first SHARE or stronger lock on a table that was there before, without a statement_timeout "
    "before it.",
    effect="The lock is kept for as long as the statement runs: one that reads or writes more than was thought stops "
    "the table until somebody ends it.",
    remedy="Set statement_timeout at the file's head, or for the role that migrates; to 0 for CONCURRENTLY and "
    "VALIDATE.",
    safe="SET LOCAL statement_timeout = '30s';\nALTER TABLE orders ADD COLUMN note text;",
    measured=("add col nullable", "create index"),
    lock=LockMode.ACCESS_EXCLUSIVE,
    sources=("https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-STATEMENT-TIMEOUT",),
)
KINDS = ("FirstLock",)


def check(statement: Statement, node: HeldLocks, context: Context) -> Iterator[Found]:
    """Look at the first statement that takes a lock."""
    limit = in_force("statement_timeout", statement, context.earlier)
    if limit is None or is_zero(limit):
        table = written(next(iter(node.own)))
        yield Found(f"nothing limits how long this statement keeps its lock on {table}")
