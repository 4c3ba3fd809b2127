"""Does a migration widen rights for all, or beyond all limits?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.sql.expression import decoded
from whimbrel.sql.tree import GrantStmt, RoleStmt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement

CARD = Card(
    code="WB529",
    name="superuser-in-migration",
    severity=Severity.ADVICE,
    title="Rights without limits",
    condition="CREATE or ALTER ROLE with SUPERUSER, or GRANT to PUBLIC.",
    effect=(
        "A superuser passes every check, and may run programs on the server. What is granted to PUBLIC holds "
        "for each role, those that come later too."
    ),
    remedy="Grant the rights that are needed, to a role that needs them.",
    safe="GRANT SELECT ON orders TO reporting;",
    on=False,
    sources=(
        "https://www.postgresql.org/docs/current/sql-createrole.html",
        "https://www.postgresql.org/docs/current/ddl-priv.html",
    ),
)
KINDS = (
    "CreateRoleStmt",
    "AlterRoleStmt",
    "GrantStmt",
)


def check(statement: Statement, node: RoleStmt | GrantStmt, context: Context) -> Iterator[Found]:
    """Look at a role, or at a GRANT."""
    if isinstance(node, GrantStmt):
        if node.is_grant and any(one.role and one.role.roletype == "ROLESPEC_PUBLIC" for one in node.grantees):
            yield Found("PUBLIC is every role, those that come later too")
        return
    for one in node.options:
        if (
            one.option
            and one.option.defname == "superuser"
            and decoded(one.option.arg).get("Boolean", {}).get("boolval")
        ):
            yield Found("the role passes every check of rights", statement.at(one.option.location))
