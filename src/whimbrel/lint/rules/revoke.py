"""Does running code lose a right?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import RoleSpecNode

CARD = Card(
    code="WB714",
    name="revoke",
    severity=Severity.ADVICE,
    title="Running code may lose a right",
    condition="REVOKE, OWNER TO, DROP ROLE, DROP OWNED or REASSIGN OWNED in an up file.",
    effect=(
        "Statements of the release that still runs fail with 42501 where its role had the right, and a role that is "
        "dropped cannot connect."
    ),
    remedy="Release code that connects as another role, or does not need the right, first.",
    on=False,
    sources=("https://www.postgresql.org/docs/current/sql-revoke.html",),
    up_only=True,
)
KINDS = (
    "GrantStmt",
    "GrantRoleStmt",
    "AT_ChangeOwner",
    "AlterOwnerStmt",
    "DropRoleStmt",
    "DropOwnedStmt",
    "ReassignOwnedStmt",
)


def check(statement: Statement, node: Any, context: Context) -> Iterator[Found]:
    """Look at what takes a right away."""
    if statement.kind in ("GrantStmt", "GrantRoleStmt") and node.is_grant:
        return
    match statement.kind:
        case "GrantStmt":
            roles = _names(node.grantees)
            objects = [one.range_var for one in node.objects]
            if roles == "PUBLIC" or all(one is not None and context.is_new(one) for one in objects):
                return
            yield Found(f"code that runs as {roles} may not do what it did")
        case "GrantRoleStmt":
            taken = ", ".join(one.privilege.priv_name for one in node.granted_roles if one.privilege is not None)
            yield Found(f"code loses what it may do as a member of {taken}")
        case "AlterTableStmt":
            relation = statement.node.relation
            if not context.is_new(relation):
                yield Found(f"the old owner of {relation.relname} may not do what it did")
        case "AlterOwnerStmt":
            yield Found("the old owner may not do what it did")
        case "DropRoleStmt":
            yield Found(f"nobody can connect as {_names(node.roles)} any more")
        case _:
            yield Found(f"{_names(node.roles)} may not do what it did")


def _names(roles: list[RoleSpecNode]) -> str:
    return ", ".join(one.role.rolename or _WORDS[one.role.roletype] for one in roles if one.role is not None)


_WORDS = {
    "ROLESPEC_PUBLIC": "PUBLIC",
    "ROLESPEC_CURRENT_ROLE": "the current role",
    "ROLESPEC_CURRENT_USER": "the current user",
    "ROLESPEC_SESSION_USER": "the session's user",
}
