"""Does a CHECK stand where PostgreSQL 18 has a better constraint?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.altered_table import has_rows, table_constraint
from whimbrel.lint.found import Found
from whimbrel.pg_types.lock_mode import LockMode
from whimbrel.sql.expression import decoded, holds, names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import AlterTableCmd

CARD = Card(
    code="WB115",
    name="prefer-pg18-not-null-not-valid",
    severity=Severity.ADVICE,
    title="A CHECK (… IS NOT NULL) is a detour since PostgreSQL 18",
    condition="ALTER TABLE … ADD CHECK (column IS NOT NULL) NOT VALID, from PostgreSQL 18 on.",
    effect="The CHECK is there only to be validated and dropped again. From PostgreSQL 18 on NOT NULL can itself be "
    "NOT VALID: it takes an ACCESS EXCLUSIVE lock for a moment, and VALIDATE CONSTRAINT lets reads and writes go on.",
    remedy="Add the constraint as NOT NULL … NOT VALID, and validate it in a later migration.",
    safe="ALTER TABLE users ADD CONSTRAINT users_email_not_null NOT NULL email NOT VALID;\n"
    "-- in a later migration\n"
    "ALTER TABLE users VALIDATE CONSTRAINT users_email_not_null;",
    measured=("add NOT NULL constraint NOT VALID (18)",),
    lock=LockMode.ACCESS_EXCLUSIVE,
    rewrites=False,
    scans=False,
    since=18,
    sources=("https://www.postgresql.org/docs/18/sql-altertable.html#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT",),
)
KINDS = ("AT_AddConstraint",)


def check(statement: Statement, node: AlterTableCmd, context: Context) -> Iterator[Found]:
    """Look at an ADD CONSTRAINT."""
    constraint = table_constraint(node, "CONSTR_CHECK")
    if (
        context.version < CARD.since
        or constraint is None
        or not (constraint.skip_validation and constraint.is_enforced)
    ):
        return
    if not holds(constraint.raw_expr, "NullTest") or not has_rows(statement, context):
        return
    match decoded(constraint.raw_expr):
        case {"NullTest": {"nulltesttype": "IS_NOT_NULL", "arg": {"ColumnRef": {"fields": fields}}}}:
            column = names(fields)[-1]
            yield Found(f"a CHECK for {column} is not needed: NOT NULL itself can be NOT VALID")
