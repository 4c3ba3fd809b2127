"""Does something beside a table or column get another name while code runs that knows the old one?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.lint.made_again import makes_again, renamed_here

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import RenameStmt

CARD = Card(
    code="WB708",
    name="rename-object",
    severity=Severity.WARNING,
    title="A type, routine, sequence or role gets another name under running code",
    condition=(
        "ALTER TYPE, DOMAIN, FUNCTION, PROCEDURE, AGGREGATE, SEQUENCE, COLLATION, ROLE or DATABASE … RENAME TO, or "
        "RENAME ATTRIBUTE, in an up file, of what was there before the release, where the same transaction makes "
        "nothing of the old name."
    ),
    effect=(
        "Either the release that runs or the one that comes fails (42704, 42883, 42P01, 42703; a role or database "
        "cannot be connected to), since each knows one of the names."
    ),
    remedy="Make a second one under the new name, move the code, and drop the old one in a later release.",
    sources=("https://www.postgresql.org/docs/current/sql-altertype.html",),
    up_only=True,
)
KINDS = ("RenameStmt",)


_KINDS = {
    "OBJECT_TYPE": "type",
    "OBJECT_DOMAIN": "domain",
    "OBJECT_ATTRIBUTE": "attribute",
    "OBJECT_FUNCTION": "function",
    "OBJECT_PROCEDURE": "procedure",
    "OBJECT_ROUTINE": "routine",
    "OBJECT_AGGREGATE": "aggregate",
    "OBJECT_SEQUENCE": "sequence",
    "OBJECT_COLLATION": "collation",
    "OBJECT_ROLE": "role",
    "OBJECT_DATABASE": "database",
}


def check(statement: Statement, node: RenameStmt, context: Context) -> Iterator[Found]:
    """Look at a RENAME."""
    kind = _KINDS.get(node.rename_type)
    if kind is None:
        return
    parts = _name(node)
    if _is_fresh(node, parts, context):
        return
    old = node.subname if kind == "attribute" else parts[-1]
    if not makes_again(statement, old) and not renamed_here(context, old):
        yield Found(f"renaming {kind} {old} to {node.newname} breaks code that knows the other name")


def _name(node: RenameStmt) -> tuple[str, ...]:
    if node.relation is not None:
        schema, name = node.relation.schemaname, node.relation.relname
        return (schema, name) if schema else (name,)
    return node.object.name if node.object is not None else (node.subname,)


def _is_fresh(node: RenameStmt, parts: tuple[str, ...], context: Context) -> bool:
    if node.relation is not None and context.is_new(node.relation):
        return True
    known = context.catalog.function(parts) or context.catalog.user_type(parts)
    return known is not None and context.is_fresh(known)
