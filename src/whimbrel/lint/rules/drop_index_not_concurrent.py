"""Does dropping an index stop everything on its table?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.file import behind
from whimbrel.lint.found import Found
from whimbrel.pg_types.lock_mode import LockMode
from whimbrel.schema.catalog import RelationKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.schema.catalog import Name
    from whimbrel.sql.tree import DropStmt

CARD = Card(
    code="WB102",
    name="drop-index-not-concurrent",
    severity=Severity.WARNING,
    title="Dropping an index stops reads and writes",
    condition="DROP INDEX without CONCURRENTLY on a table that was there before the file and stays.",
    effect="It takes an ACCESS EXCLUSIVE lock on the table: not for long, but it waits for every query that runs "
    "there, and meanwhile all new reads and writes wait behind it.",
    remedy="Write DROP INDEX CONCURRENTLY, one index a statement and without CASCADE, alone in its file.",
    safe="DROP INDEX CONCURRENTLY IF EXISTS orders_user_id_idx;",
    measured=("drop index", "drop index partitioned"),
    lock=LockMode.ACCESS_EXCLUSIVE,
    rewrites=False,
    scans=False,
    sources=("https://www.postgresql.org/docs/current/sql-dropindex.html",),
)
KINDS = ("DropStmt:OBJECT_INDEX",)


def check(statement: Statement, node: DropStmt, context: Context) -> Iterator[Found]:
    """Look at a DROP INDEX."""
    if node.concurrent:
        return
    for one in node.objects:
        *schema, name = one.name
        written = schema[-1] if schema else ""
        table = context.catalog.index_table(written, name)
        if table is None:
            # One that was there before the file has gone with its table or a column.
            if context.before is None or context.before.index_table(written, name) is None:
                yield Found(f"dropping {name} stops reads and writes of its table")
            continue
        index = table.indexes.get(name)
        if index is None or index.constraint or index.parent or context.is_fresh(index) or context.is_new(table.name):
            continue
        if _goes_too(statement, table.name, context):
            continue
        if table.kind is RelationKind.PARTITIONED:
            yield Found(
                f"dropping {name} stops reads and writes of {table.name[1]} and all its partitions", remedy=_PARTITIONED
            )
        else:
            yield Found(f"dropping {name} stops reads and writes of {table.name[1]}")


_PARTITIONED = "Set a short lock_timeout and try again until it gets through: a partitioned index has no other way."


def _goes_too(statement: Statement, table: Name, context: Context) -> bool:
    """Say whether the file drops the table as well, further down."""
    return any(
        table == context.catalog.resolve("".join(one.name[-2:-1]), one.name[-1])
        for later in behind(statement.file.statements.of("DropStmt"), statement)
        if later.node.remove_type in ("OBJECT_TABLE", "OBJECT_MATVIEW")
        for one in later.node.objects
    )
