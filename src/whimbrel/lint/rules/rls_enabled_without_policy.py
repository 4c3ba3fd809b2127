"""Does row security hide all rows?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.schema.catalog import Catalog
    from whimbrel.sql.tree import AlterTableCmd

CARD = Card(
    code="WB523",
    name="rls-enabled-without-policy",
    severity=Severity.ADVICE,
    title="Row security without a policy",
    condition="ENABLE ROW LEVEL SECURITY on a table that has no policy at the end of the directory.",
    effect=(
        "Without a policy nobody but the table's owner, superusers and roles with BYPASSRLS sees or writes a "
        "row: queries of others find nothing, without an error."
    ),
    remedy="Create the policies in the same file, before row security is enabled.",
    safe="CREATE POLICY own_orders ON orders USING (user_name = current_user);",
    on=False,
    sources=("https://www.postgresql.org/docs/current/ddl-rowsecurity.html",),
    up_only=True,
)
KINDS = ("AT_EnableRowSecurity",)


def check(statement: Statement, node: AlterTableCmd, context: Context) -> Iterator[Found]:
    """Look at ENABLE ROW LEVEL SECURITY."""
    name = context.catalog.name_of(statement.node.relation)
    if name not in context.catalog.relations:
        return

    def opened(final: Catalog) -> bool:
        relation = final.relations.get(name)
        return relation is None or bool(relation.policies) or not relation.row_security

    yield Found(f"row security hides all rows of {name[1]}, which has no policy", unless=opened)
