"""Do values of a composite type get another shape under running code?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import AlterTableCmd

CARD = Card(
    code="WB719",
    name="alter-composite-type",
    severity=Severity.WARNING,
    title="A composite type gets another shape under running code",
    condition=(
        "ALTER TYPE … DROP or ALTER ATTRIBUTE in an up file (ADD ATTRIBUTE is advice), on a type that was there "
        "before the release."
    ),
    effect=(
        "Code that reads or builds such values fails: with a missing attribute 42703, and row values of the old "
        "length 42846. Values that are stored lose the attribute."
    ),
    remedy="Make a second type and move the code to it.",
    sources=("https://www.postgresql.org/docs/current/sql-altertype.html",),
    up_only=True,
)
KINDS = ("AT_AddColumn", "AT_DropColumn", "AT_AlterColumnType")


_VERBS = {"AT_AddColumn": "gets", "AT_DropColumn": "loses", "AT_AlterColumnType": "has another type for"}


def check(statement: Statement, node: AlterTableCmd, context: Context) -> Iterator[Found]:
    """Look at an attribute."""
    relation = statement.node.relation
    if statement.node.objtype != "OBJECT_TYPE" or context.is_new(relation):
        return
    adds = node.subtype == "AT_AddColumn"
    column = node.definition.column if node.definition is not None else None
    name = column.colname if adds and column is not None else node.name
    yield Found(
        f"{relation.relname} {_VERBS[node.subtype]} {name}, which running code does not expect",
        severity=Severity.ADVICE if adds else None,
    )
