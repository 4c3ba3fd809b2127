"""Does a change of type check the whole table again?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.lint.retyped import retyped
from whimbrel.pg_types.lock_mode import LockMode
from whimbrel.schema.catalog import ConstraintKind
from whimbrel.schema.type_change import TypeChange

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import AlterTableCmd

CARD = Card(
    code="WB125",
    name="alter-type-rechecks-check",
    severity=Severity.ERROR,
    title="A change of type checks the whole table again",
    condition="ALTER COLUMN … TYPE that leaves the table's rows as they are, of a column that a valid CHECK "
    "constraint speaks of.",
    effect="It takes an ACCESS EXCLUSIVE lock on the table, which blocks reads and writes, and under it checks every "
    "row against the constraint, even where the type stays the same.",
    remedy="Drop the constraint first, add it again as NOT VALID, and validate it in a later migration.",
    safe="ALTER TABLE users DROP CONSTRAINT users_name_check;\nALTER TABLE users ALTER COLUMN name TYPE text;\n"
    "ALTER TABLE users ADD CONSTRAINT users_name_check CHECK (name <> '') NOT VALID;",
    # That the CHECK has the rows read is tested on the server itself: tests/integration/test_type_changes.py.
    measured=("type varchar(10)->varchar(20)", "type varchar->text", "type same type (no-op)"),
    lock=LockMode.ACCESS_EXCLUSIVE,
    rewrites=False,
    sources=("https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES",),
)
KINDS = ("AT_AlterColumnType",)


def check(statement: Statement, command: AlterTableCmd, context: Context) -> Iterator[Found]:
    """Look at an ALTER COLUMN … TYPE."""
    one = retyped(statement, command, context)
    if one is None or one.relation is None or one.change in (None, TypeChange.REWRITE):
        return
    gone = {other.command.name for other in statement.node.cmds if other.command.subtype == "AT_DropConstraint"}
    for constraint in one.relation.constraints.values():
        if constraint.kind is not ConstraintKind.CHECK or not (constraint.validated and constraint.enforced):
            continue
        if one.name in constraint.columns and constraint.name not in gone:
            yield Found(f"changing {one} checks {constraint.name} for all of {one.table} while nobody can use it")
