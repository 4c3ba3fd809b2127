"""Does dropping a foreign key lock the table that it refers to?"""

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
    from whimbrel.sql.tree import AlterTableCmd

CARD = Card(
    code="WB252",
    name="drop-fk-locks-parent",
    severity=Severity.WARNING,
    title="Dropping a foreign key locks both tables",
    condition="DROP CONSTRAINT, in an up file, of a foreign key to another table that was there before, without a "
    "lock_timeout.",
    effect="It takes ACCESS EXCLUSIVE on the table and on the one that the key refers to: reads and writes of both "
    "wait until the transaction ends, and everybody waits while it waits for either.",
    remedy="Set a short lock_timeout before it, give it a file of its own, and run again if the time passes.",
    safe="SET LOCAL lock_timeout = '2s';\nALTER TABLE invoices DROP CONSTRAINT invoices_user_id_fkey;",
    measured=("drop FK",),
    lock=LockMode.ACCESS_EXCLUSIVE,
    rewrites=False,
    scans=False,
    sources=("https://www.postgresql.org/docs/current/sql-altertable.html",),
    up_only=True,
)
KINDS = ("AT_DropConstraint",)


def check(statement: Statement, node: AlterTableCmd, context: Context) -> Iterator[Found]:
    """Look at a DROP CONSTRAINT."""
    relation = context.relation(statement.node.relation)
    constraint = relation.constraints.get(node.name) if relation is not None else None
    parent = constraint.references if constraint is not None else None
    if parent is None or relation is None or parent == relation.name or context.is_new(parent):
        return
    limit = in_force("lock_timeout", statement, context.earlier)
    if limit is None or is_zero(limit):
        yield Found(f"dropping {node.name} stops reads and writes of {written(parent)} too, to which it refers")
