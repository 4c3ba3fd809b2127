"""Does a table move to another tablespace while nobody can use it?"""

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
    code="WB129",
    name="set-tablespace",
    severity=Severity.ERROR,
    title="A table moves to another tablespace while nobody can use it",
    condition="ALTER TABLE or MATERIALIZED VIEW … SET TABLESPACE of a relation that was there before the file.",
    effect="It takes an ACCESS EXCLUSIVE lock on the table, which blocks reads and writes, and copies all of its data "
    "under it.",
    remedy="Move it in a maintenance window, or with pg_repack.",
    measured=("set tablespace (other)",),
    lock=LockMode.ACCESS_EXCLUSIVE,
    rewrites=True,
    sources=("https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-SET-TABLESPACE",),
)
KINDS = ("AT_SetTableSpace",)


def check(statement: Statement, command: AlterTableCmd, context: Context) -> Iterator[Found]:
    """Look at a SET TABLESPACE."""
    written = statement.node.relation
    if (
        statement.node.objtype not in ("OBJECT_TABLE", "OBJECT_MATVIEW")
        or context.is_new(written)
        or is_emptied(statement, written, context)
    ):
        return
    relation = context.relation(written)
    if relation is not None and relation.kind is RelationKind.PARTITIONED:
        return
    yield Found(f"moving {written.relname} to {command.name} copies all of it while nobody can use it")
