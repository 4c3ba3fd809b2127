"""What falls with an object that is dropped with CASCADE?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.pg_types.lock_mode import LockMode
from whimbrel.schema.difference import listed, missing
from whimbrel.schema.fold import fold
from whimbrel.sql.tree import DropStmt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Born, Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import AlterTableCmd

CARD = Card(
    code="WB368",
    name="drop-cascade",
    severity=Severity.WARNING,
    title="CASCADE drops what nobody named",
    condition="DROP … CASCADE in an up file: of an object, a column or a constraint that was there before the release.",
    effect=(
        "Views, foreign keys, columns, defaults and triggers that depend on it are dropped without a word but "
        "a NOTICE, under an ACCESS EXCLUSIVE lock on each of their tables."
    ),
    remedy=(
        "Name what depends on it, in statements of their own, and drop without CASCADE, which fails where "
        "something was forgotten."
    ),
    measured=("drop col with view cascade", "drop referenced table cascade"),
    lock=LockMode.ACCESS_EXCLUSIVE,
    sources=("https://www.postgresql.org/docs/current/ddl-depend.html",),
    up_only=True,
)
KINDS = ("DropStmt", "AT_DropColumn", "AT_DropConstraint")


def check(statement: Statement, node: DropStmt | AlterTableCmd, context: Context) -> Iterator[Found]:
    """Look at what has a CASCADE."""
    if node.behavior != "DROP_CASCADE":
        return
    if isinstance(node, DropStmt):
        if _is_fresh(node, context):
            return
        named = [one.name[-1] if one.name else "the cast" for one in node.objects]
    else:
        if context.is_new(statement.node.relation):
            return
        named = [node.name]
    after = context.catalog.branch()
    fold(after, statement.kind, statement.node)
    fallen = [part for part in missing(context.catalog, after) if part.name[1] not in named]
    along = f"{listed(fallen)} along" if fallen else "along whatever depends on it, unnamed"
    yield Found(f"CASCADE drops {along}, beside {', '.join(named)}")


def _is_fresh(node: DropStmt, context: Context) -> bool:
    """Say whether all of them were made by this file or release."""
    for one in node.objects:
        parts = one.name
        if not parts:
            return False
        schema = parts[-2] if len(parts) > 1 else ""
        made: Born | None
        match node.remove_type:
            case "OBJECT_TYPE" | "OBJECT_DOMAIN":
                made = context.catalog.user_type(parts)
            case "OBJECT_FUNCTION" | "OBJECT_PROCEDURE" | "OBJECT_ROUTINE":
                made = context.catalog.function(parts)
            case _:
                name = context.catalog.resolve(schema, parts[-1])
                made = context.catalog.relations.get(name)
                if made is None and node.missing_ok and not context.catalog.relations:
                    continue
        if made is None or not context.is_fresh(made):
            return False
    return True
