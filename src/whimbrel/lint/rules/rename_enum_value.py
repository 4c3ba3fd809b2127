"""Does an enum value get another name while code runs that knows the old one?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.sql.tree import names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import AlterEnumStmt

CARD = Card(
    code="WB372",
    name="rename-enum-value",
    severity=Severity.WARNING,
    title="An enum value gets another name under running code",
    condition="ALTER TYPE … RENAME VALUE in an up file, of a type that was there before the release.",
    effect=(
        "All rows read the new name at once, and a statement of the running release that writes or compares "
        "the old one fails with 22P02. It takes no table lock."
    ),
    remedy=(
        "Add the new value, let code read both, then write the new one, move the rows in batches; the old value stays."
    ),
    safe="ALTER TYPE state ADD VALUE 'sent';",
    sources=("https://www.postgresql.org/docs/current/sql-altertype.html",),
    up_only=True,
)
KINDS = ("AlterEnumStmt",)


def check(statement: Statement, node: AlterEnumStmt, context: Context) -> Iterator[Found]:
    """Look at an ALTER TYPE … RENAME VALUE."""
    if not node.old_val:
        return
    parts = names(node.type_name)
    known = context.catalog.user_type(parts)
    if known is None or not context.is_fresh(known):
        yield Found(f"renaming {node.old_val} of {parts[-1]} to {node.new_val} breaks code that knows the other name")
