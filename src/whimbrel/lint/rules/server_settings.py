"""Does a migration change settings of the server, of a database or of a role?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement

CARD = Card(
    code="WB717",
    name="server-settings",
    severity=Severity.ADVICE,
    title="Settings of the server, a database or a role change",
    condition="ALTER SYSTEM, ALTER DATABASE or ALTER ROLE, with SET or with options, in an up file.",
    effect=(
        "They hold for other migrations, other programs and, for ALTER SYSTEM and ALTER ROLE, other databases; new "
        "sessions have them at once, old ones do not."
    ),
    remedy="Keep such settings with those of the server, and use SET LOCAL in a migration.",
    on=False,
    sources=("https://www.postgresql.org/docs/current/sql-altersystem.html",),
    up_only=True,
)
KINDS = ("AlterSystemStmt", "AlterDatabaseStmt", "AlterDatabaseSetStmt", "AlterRoleStmt", "AlterRoleSetStmt")


def check(statement: Statement, node: Any, context: Context) -> Iterator[Found]:
    """Look at an ALTER SYSTEM, DATABASE or ROLE."""
    match statement.kind:
        case "AlterSystemStmt":
            yield Found("the whole server gets another setting")
        case "AlterDatabaseStmt" | "AlterDatabaseSetStmt":
            yield Found(f"all that connect to database {node.dbname} get other settings")
        case "AlterRoleSetStmt":
            whose = "every role" if node.role is None else node.role.rolename or "the current role"
            yield Found(f"all sessions of {whose} get another setting")
        case "AlterRoleStmt" if not context.earlier.of("CreateRoleStmt"):
            yield Found("a role gets other options, in all databases")
        case _:
            return
