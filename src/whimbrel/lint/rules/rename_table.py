"""Does a table get another name while code runs that knows the old one?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.lint.later import takes_name
from whimbrel.pg_types.lock_mode import LockMode
from whimbrel.schema.catalog import RelationKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import RenameStmt

CARD = Card(
    code="WB370",
    name="rename-table",
    severity=Severity.WARNING,
    title="A table gets another name under running code",
    condition=(
        "ALTER TABLE, VIEW or MATERIALIZED VIEW … RENAME TO in an up file, of one that was there before the "
        "release, where nothing takes the old name in the same transaction."
    ),
    effect=(
        "Either the release that runs or the one that comes fails with 42P01, since each knows one of the "
        "names. It takes an ACCESS EXCLUSIVE lock for a moment."
    ),
    remedy="Put an updatable view with the old name in its place, in the same transaction, until no code knows it.",
    safe="ALTER TABLE orders RENAME TO purchases; CREATE VIEW orders AS SELECT * FROM purchases;",
    measured=("rename table", "alter view rename"),
    lock=LockMode.ACCESS_EXCLUSIVE,
    rewrites=False,
    scans=False,
    sources=("https://www.postgresql.org/docs/current/sql-createview.html#SQL-CREATEVIEW-UPDATABLE-VIEWS",),
    up_only=True,
)
KINDS = ("RenameStmt",)


_RELATIONS = ("OBJECT_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW", "OBJECT_FOREIGN_TABLE")


def check(statement: Statement, node: RenameStmt, context: Context) -> Iterator[Found]:
    """Look at a RENAME TO."""
    relation = node.relation
    if node.rename_type not in _RELATIONS or relation is None or context.is_new(relation):
        return
    known = context.relation(relation)
    if known is not None and known.kind is RelationKind.SEQUENCE:
        return
    catalog = context.catalog
    name = catalog.name_of(relation)
    if (known is None and name in catalog.indexes) or takes_name(statement, name, catalog):
        return
    yield Found(f"renaming {relation.relname} to {node.newname} breaks code that knows the other name")
