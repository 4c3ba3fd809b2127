"""Does one statement move many tables?"""

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
    from whimbrel.sql.tree import AlterTableMoveAllStmt

CARD = Card(
    code="WB139",
    name="cluster-wide-alter",
    severity=Severity.ERROR,
    title="One statement moves all tables of a tablespace",
    condition="ALTER TABLE, INDEX or MATERIALIZED VIEW ALL IN TABLESPACE … SET TABLESPACE.",
    effect="It takes an ACCESS EXCLUSIVE lock on each of them, which blocks reads and writes, copies all their data, "
    "and holds all locks until the end.",
    remedy="Move the tables one by one, each in a transaction of its own, in a maintenance window or with pg_repack.",
    safe="ALTER TABLE orders SET TABLESPACE fast;",
    # That each table is locked so was measured on 15 and 18; one table by itself on all versions.
    measured=("set tablespace (other)",),
    lock=LockMode.ACCESS_EXCLUSIVE,
    rewrites=True,
    sources=("https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-SET-TABLESPACE",),
)
KINDS = ("AlterTableMoveAllStmt",)


def check(_: Statement, node: AlterTableMoveAllStmt, __: Context) -> Iterator[Found]:
    """Look at an ALTER … ALL IN TABLESPACE."""
    yield Found(f"everything in the tablespace {node.orig_tablespacename} is copied while nobody can use any of it")
