"""Does SET LOGGED or UNLOGGED write the table anew?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.emptied import is_emptied
from whimbrel.lint.found import Found
from whimbrel.pg_types.lock_mode import LockMode
from whimbrel.schema.catalog import RelationKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import AlterTableCmd

CARD = Card(
    code="WB128",
    name="set-logged-unlogged",
    severity=Severity.ERROR,
    title="SET LOGGED and SET UNLOGGED write the whole table anew",
    condition="ALTER TABLE … SET LOGGED or SET UNLOGGED of a table that was there before the file.",
    effect="It takes an ACCESS EXCLUSIVE lock on the table, which blocks reads and writes, and writes the table and "
    "its indexes anew under it; SET LOGGED writes all of it to the WAL too.",
    remedy="Do it in a maintenance window, or copy to a new table in batches and swap the names.",
    measured=("set unlogged", "set logged"),
    lock=LockMode.ACCESS_EXCLUSIVE,
    rewrites=True,
    scans=True,
    sources=("https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-SET-LOGGED-UNLOGGED",),
)
KINDS = ("AT_SetLogged", "AT_SetUnLogged")


def check(statement: Statement, command: AlterTableCmd, context: Context) -> Iterator[Found]:
    """Look at a SET LOGGED or SET UNLOGGED."""
    written = statement.node.relation
    if statement.node.objtype != "OBJECT_TABLE" or context.is_new(written) or is_emptied(statement, written, context):
        return
    logged = command.subtype == "AT_SetLogged"
    relation = context.relation(written)
    if relation is not None and (
        relation.kind is RelationKind.PARTITIONED or relation.persistence == ("p" if logged else "u")
    ):
        return
    word = "SET LOGGED" if logged else "SET UNLOGGED"
    yield Found(f"{word} writes all of {written.relname} anew while nobody can use it")
