"""Does something move to another schema while code runs that looks for it in the old one?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.lint.later import takes_name
from whimbrel.lint.made_again import makes_again
from whimbrel.pg_types.lock_mode import LockMode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import AlterObjectSchemaStmt

CARD = Card(
    code="WB387",
    name="set-schema",
    severity=Severity.WARNING,
    title="Something moves to another schema under running code",
    condition=(
        "SET SCHEMA in an up file, of a table, view, type or routine that was there before the release, where "
        "nothing takes the old name in the same transaction."
    ),
    effect=(
        "Code that names it with the old schema, or finds it by a search_path without the new one, fails with "
        "42P01, 42704 or 42883. For a table it takes an ACCESS EXCLUSIVE lock for a moment."
    ),
    remedy="Put an updatable view in the old place, in the same transaction, until no code looks there.",
    safe="ALTER TABLE orders SET SCHEMA sales; CREATE VIEW orders AS SELECT * FROM sales.orders;",
    measured=("set schema",),
    lock=LockMode.ACCESS_EXCLUSIVE,
    rewrites=False,
    scans=False,
    sources=("https://www.postgresql.org/docs/current/sql-altertable.html",),
    up_only=True,
)
KINDS = ("AlterObjectSchemaStmt",)


_KINDS = {
    "OBJECT_TABLE": "",
    "OBJECT_VIEW": "",
    "OBJECT_MATVIEW": "",
    "OBJECT_FOREIGN_TABLE": "",
    "OBJECT_SEQUENCE": "sequence ",
    "OBJECT_TYPE": "type ",
    "OBJECT_DOMAIN": "domain ",
    "OBJECT_FUNCTION": "function ",
    "OBJECT_PROCEDURE": "procedure ",
    "OBJECT_ROUTINE": "routine ",
    "OBJECT_AGGREGATE": "aggregate ",
}
_ROUTINES = ("OBJECT_FUNCTION", "OBJECT_PROCEDURE", "OBJECT_ROUTINE", "OBJECT_AGGREGATE")


def check(statement: Statement, node: AlterObjectSchemaStmt, context: Context) -> Iterator[Found]:
    """Look at a SET SCHEMA."""
    kind = _KINDS.get(node.object_type)
    if kind is None:
        return
    catalog = context.catalog
    if node.relation is not None:
        name = catalog.name_of(node.relation)
        if context.is_new(name) or takes_name(statement, name, catalog):
            return
        moved = node.relation.relname
    elif node.object is not None:
        parts = node.object.name
        made = catalog.function(parts) if node.object_type in _ROUTINES else catalog.user_type(parts)
        if (made is not None and context.is_fresh(made)) or makes_again(statement, parts[-1]):
            return
        moved = parts[-1]
    else:
        return
    yield Found(f"moving {kind}{moved} to {node.newschema} breaks code that looks for it in its old schema")
