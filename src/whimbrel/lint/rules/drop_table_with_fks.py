"""Does dropping a table lock those that its foreign keys refer to?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.pg_types.lock_mode import LockMode
from whimbrel.schema.catalog import ConstraintKind, written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.schema.catalog import Name
    from whimbrel.sql.tree import DropStmt

CARD = Card(
    code="WB251",
    name="drop-table-with-fks",
    severity=Severity.WARNING,
    title="Dropping a table locks the tables that it refers to",
    condition="DROP TABLE, in an up file, of a table whose foreign keys refer to tables that stay.",
    effect="It takes ACCESS EXCLUSIVE on each referenced table too, to take the triggers of the foreign key away: "
    "reads and writes of those wait until the transaction ends.",
    remedy="Drop the foreign keys first, each in a file of its own with a short lock_timeout; then the table.",
    safe="SET LOCAL lock_timeout = '2s';\nALTER TABLE invoices DROP CONSTRAINT invoices_user_id_fkey;",
    measured=("drop table with FK to r",),
    lock=LockMode.ACCESS_EXCLUSIVE,
    rewrites=False,
    scans=False,
    sources=("https://www.postgresql.org/docs/current/sql-droptable.html",),
    up_only=True,
)
KINDS = ("DropStmt:OBJECT_TABLE",)


def check(statement: Statement, node: DropStmt, context: Context) -> Iterator[Found]:
    """Look at a DROP TABLE."""
    catalog = context.catalog
    dropped = [catalog.resolve(one.name[-2] if len(one.name) > 1 else "", one.name[-1]) for one in node.objects]
    for name in dropped:
        relation = catalog.relations.get(name)
        if relation is None or context.is_new(name):
            continue
        parents: dict[Name, None] = {}
        for constraint in relation.constraints.values():
            parent = constraint.references
            if constraint.kind is ConstraintKind.FOREIGN and parent is not None and parent not in dropped:
                parents[parent] = None
        names = [written(parent) for parent in parents if not context.is_new(parent)]
        if names:
            yield Found(
                f"dropping {written(name)} stops reads and writes of {', '.join(names)} too, to which it refers"
            )
