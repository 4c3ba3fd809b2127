"""Will columns of this domain cost a rewrite?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.pg_types.lock_mode import LockMode
from whimbrel.sql.tree import names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import CreateDomainStmt

CARD = Card(
    code="WB138",
    name="create-domain-with-constraint",
    severity=Severity.ADVICE,
    title="Each later column of a constrained domain writes its table anew",
    condition="CREATE DOMAIN with a CHECK or NOT NULL.",
    effect="To add a column of it to a table writes that table anew under ACCESS EXCLUSIVE, which blocks reads and "
    "writes; a change of its constraints reads all tables that use it.",
    remedy="Put the CHECK on the tables, where it can be added as NOT VALID.",
    safe="ALTER TABLE users ADD CONSTRAINT users_email_check CHECK (email LIKE '%@%') NOT VALID;",
    on=False,
    measured=("add col domain w/ check, no default",),
    lock=LockMode.ACCESS_EXCLUSIVE,
    rewrites=True,
    sources=("https://www.postgresql.org/docs/current/sql-createdomain.html",),
)
KINDS = ("CreateDomainStmt",)


def check(_: Statement, node: CreateDomainStmt, __: Context) -> Iterator[Found]:
    """Look at a CREATE DOMAIN."""
    kinds = {one.constraint.contype for one in node.constraints if one.constraint is not None}
    if kinds & {"CONSTR_CHECK", "CONSTR_NOTNULL"}:
        name = names(node.domainname)[-1]
        yield Found(f"each later column of {name} writes its table anew, as the domain has a constraint")
