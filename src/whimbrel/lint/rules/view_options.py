"""Does a view show other rows because of its options?"""

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
    code="WB716",
    name="view-options",
    severity=Severity.ADVICE,
    title="The options of a view change under running code",
    condition="ALTER VIEW … SET or RESET of an option, in an up file, on a view that was there before the release.",
    effect=(
        "With security_invoker readers need rights on the tables (42501) and policies apply to them; check_option "
        "refuses rows (44000); security_barrier makes plans slower."
    ),
    remedy="Give the readers their rights first.",
    on=False,
    sources=("https://www.postgresql.org/docs/current/sql-createview.html",),
    up_only=True,
)
KINDS = ("AT_SetRelOptions", "AT_ResetRelOptions")


def check(statement: Statement, node: AlterTableCmd, context: Context) -> Iterator[Found]:
    """Look at an ALTER VIEW."""
    relation = statement.node.relation
    if statement.node.objtype == "OBJECT_VIEW" and not context.is_new(relation):
        yield Found(f"running code reads {relation.relname} under other options")
