"""Does a change of row-level security make all wait?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.lint.session_settings import waits_briefly
from whimbrel.pg_types.lock_mode import LockMode
from whimbrel.schema.catalog import written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.schema.catalog import Name

CARD = Card(
    code="WB255",
    name="policy-or-rls-ddl",
    severity=Severity.ADVICE,
    title="A change of row-level security locks the table",
    condition="CREATE, ALTER or DROP POLICY, and ENABLE, DISABLE, FORCE or NO FORCE ROW LEVEL SECURITY, on a table "
    "that was there before the file; told once for a table.",
    effect="It takes ACCESS EXCLUSIVE: reads and writes wait, and while it waits for one long query all later ones "
    "wait behind it. It is quick once it has the lock.",
    remedy="Set a short lock_timeout before it, and keep the transaction short.",
    safe="SET LOCAL lock_timeout = '2s';\nCREATE POLICY own_orders ON orders USING (owner = current_user);",
    measured=("create policy", "alter policy", "drop policy", "enable RLS", "force RLS"),
    lock=LockMode.ACCESS_EXCLUSIVE,
    rewrites=False,
    scans=False,
    sources=("https://www.postgresql.org/docs/current/ddl-rowsecurity.html",),
)
_SECURITY = ("AT_EnableRowSecurity", "AT_DisableRowSecurity", "AT_ForceRowSecurity", "AT_NoForceRowSecurity")
_STATEMENTS = ("CreatePolicyStmt", "AlterPolicyStmt", "RenameStmt", "DropStmt", "AlterTableStmt")
KINDS = ("CreatePolicyStmt", "AlterPolicyStmt", "DropStmt:OBJECT_POLICY", "RenameStmt", *_SECURITY)


def check(statement: Statement, node: Any, context: Context) -> Iterator[Found]:
    """Look at what concerns a policy."""
    tables = _tables(statement, context)
    if not tables or waits_briefly(statement, context.earlier):
        return
    before = {name for other in context.earlier.of(*_STATEMENTS) for name in _tables(other, context)}
    for name in tables:
        if name not in before and not context.is_new(name):
            yield Found(f"reads and writes of {written(name)} wait while its row-level security is changed")


def _tables(statement: Statement, context: Context) -> list[Name]:
    """Return the tables whose row-level security a statement changes."""
    node, catalog = statement.node, context.catalog
    match statement.kind:
        case "CreatePolicyStmt" | "AlterPolicyStmt":
            return [catalog.name_of(node.table)]
        case "RenameStmt" if node.rename_type == "OBJECT_POLICY":
            return [catalog.name_of(node.relation)]
        case "DropStmt" if node.remove_type == "OBJECT_POLICY":
            return [catalog.resolve(one.name[-3] if len(one.name) > 2 else "", one.name[-2]) for one in node.objects]
        case "AlterTableStmt" if any(one.command.subtype in _SECURITY for one in node.cmds):
            return [catalog.name_of(node.relation)]
        case _:
            return []
