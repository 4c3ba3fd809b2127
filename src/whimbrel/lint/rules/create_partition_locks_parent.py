"""Does a new partition block the whole partitioned table?"""

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
    from whimbrel.sql.tree import CreateStmt

CARD = Card(
    code="WB135",
    name="create-partition-locks-parent",
    severity=Severity.WARNING,
    title="CREATE TABLE … PARTITION OF blocks the whole partitioned table",
    condition="CREATE TABLE … PARTITION OF a table that was there before the file.",
    effect="It takes an ACCESS EXCLUSIVE lock on the partitioned table for a moment; while it waits for it, all reads "
    "and writes of the table wait behind it. ATTACH PARTITION takes SHARE UPDATE EXCLUSIVE, which blocks neither.",
    remedy="Create the table by itself with LIKE, then attach it.",
    safe="CREATE TABLE events_2025 (LIKE events INCLUDING ALL);\n"
    "ALTER TABLE events ATTACH PARTITION events_2025 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');",
    measured=("create table partition of", "create table partition of (default present)"),
    lock=LockMode.ACCESS_EXCLUSIVE,
    rewrites=False,
    sources=("https://www.postgresql.org/docs/current/sql-createtable.html#SQL-CREATETABLE-PARTITION",),
)
KINDS = ("CreateStmt",)


def check(_: Statement, node: CreateStmt, context: Context) -> Iterator[Found]:
    """Look at a CREATE TABLE … PARTITION OF."""
    if node.partbound is None or not node.inh_relations:
        return
    parent = node.inh_relations[0].range_var
    if parent is None or context.is_new(parent) or (node.if_not_exists and context.relation(node.relation) is not None):
        return
    yield Found(f"creating {node.relation.relname} blocks reads and writes of {parent.relname}, also while it waits")
