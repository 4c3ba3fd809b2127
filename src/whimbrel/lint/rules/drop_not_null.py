"""Does code run that expects no NULL in a column?"""

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
    from whimbrel.schema.catalog import Catalog
    from whimbrel.sql.tree import AlterTableCmd

CARD = Card(
    code="WB378",
    name="drop-not-null",
    severity=Severity.ADVICE,
    title="Running code may not expect NULL",
    condition="DROP NOT NULL in an up file, on a column that stays, of a table that was there before the release.",
    effect=(
        "Rows with NULL come as soon as new code writes them; the running release may fail to read them. It "
        "takes an ACCESS EXCLUSIVE lock for a moment."
    ),
    remedy="Release code that reads NULL first.",
    measured=("drop not null",),
    lock=LockMode.ACCESS_EXCLUSIVE,
    rewrites=False,
    scans=False,
    sources=("https://www.postgresql.org/docs/current/sql-altertable.html",),
    up_only=True,
)
KINDS = ("AT_DropNotNull",)


def check(statement: Statement, node: AlterTableCmd, context: Context) -> Iterator[Found]:
    """Look at a DROP NOT NULL."""
    relation = statement.node.relation
    if context.is_new(relation):
        return
    name = context.catalog.name_of(relation)
    table = context.catalog.relations.get(name)
    column = table.columns.get(node.name) if table is not None else None
    if column is not None and (not column.not_null or context.is_fresh(column)):
        return

    def is_gone(catalog: Catalog) -> bool:
        later = catalog.relations.get(name)
        return table is not None and (later is None or node.name not in later.columns)

    yield Found(f"code that expects no NULL in {node.name} of {relation.relname} may meet one", unless=is_gone)
