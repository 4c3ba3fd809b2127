"""Does replacing a view make its readers wait?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.lint.session_settings import waits_briefly
from whimbrel.pg_types.lock_mode import LockMode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import ViewStmt

CARD = Card(
    code="WB254",
    name="replace-view-locks",
    severity=Severity.ADVICE,
    title="Replacing a view locks its readers out",
    condition="CREATE OR REPLACE VIEW of a view that was there before the file.",
    effect="It takes ACCESS EXCLUSIVE on the view and ACCESS SHARE on its tables: queries of the view wait, and "
    "while it waits for one long query of the view all later ones wait behind it.",
    remedy="Set a short lock_timeout before it, and keep the transaction short.",
    safe="SET LOCAL lock_timeout = '2s';\nCREATE OR REPLACE VIEW open_orders AS SELECT id FROM orders WHERE open;",
    measured=("create or replace view",),
    lock=LockMode.ACCESS_EXCLUSIVE,
    rewrites=False,
    scans=False,
    sources=("https://www.postgresql.org/docs/current/sql-createview.html",),
)
KINDS = ("ViewStmt",)


def check(statement: Statement, node: ViewStmt, context: Context) -> Iterator[Found]:
    """Look at a CREATE OR REPLACE VIEW; one that is not known is most likely new."""
    if not node.replace or context.relation(node.view) is None or context.is_new(node.view):
        return
    if not waits_briefly(statement, context.earlier):
        yield Found(f"queries of {node.view.relname} wait while the view is replaced")
