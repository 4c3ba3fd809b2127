"""Does a statement that refuses transactions stand in one, or beside others?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.context import Target
from whimbrel.lint.found import Found
from whimbrel.schema.catalog import RelationKind
from whimbrel.sql.outside_transaction import refuses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement

# Refusals were measured on 13 to 18 (landscape 3.6).
CARD = Card(
    code="WB244",
    name="concurrently-in-transaction",
    severity=Severity.ERROR,
    title="A statement that refuses transactions stands in one",
    condition="CREATE INDEX CONCURRENTLY, VACUUM or another statement that refuses transaction blocks, between BEGIN "
    "and COMMIT, in a DO block, or beside other statements of its file: a warning for Whimbrel, which runs it by "
    "itself, an error for golang-migrate, which sends the file as one message.",
    effect="In a transaction, and in a message of several statements, PostgreSQL refuses it (SQLSTATE 25001) and the "
    "file fails. Run by itself it is not undone with the file's other statements: a failure half way leaves those "
    "before it done.",
    remedy="Give it a file of its own, without BEGIN and COMMIT.",
    safe="CREATE INDEX CONCURRENTLY orders_user_id_idx ON orders (user_id);",
    sources=("https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY",),
)
KINDS = (
    "IndexStmt:concurrent", "DropStmt:OBJECT_INDEX", "ReindexStmt", "VacuumStmt", "ClusterStmt", "AT_DetachPartition",
    "TransactionStmt", "DiscardStmt", "CreateSubscriptionStmt", "AlterSubscriptionStmt", "DropSubscriptionStmt",
    "CreatedbStmt", "DropdbStmt", "AlterDatabaseStmt", "CreateTableSpaceStmt", "DropTableSpaceStmt", "AlterSystemStmt",
)  # fmt: skip

_WORDS = {
    "IndexStmt": "CREATE INDEX CONCURRENTLY",
    "DropStmt": "DROP INDEX CONCURRENTLY",
    "ReindexStmt": "this REINDEX",
    "VacuumStmt": "VACUUM",
    "ClusterStmt": "this CLUSTER",
    "AlterTableStmt": "DETACH PARTITION CONCURRENTLY",
    "TransactionStmt": "the end of a prepared transaction",
    "DiscardStmt": "DISCARD ALL",
    "CreateSubscriptionStmt": "this CREATE SUBSCRIPTION",
    "AlterSubscriptionStmt": "this ALTER SUBSCRIPTION",
    "DropSubscriptionStmt": "DROP SUBSCRIPTION of one with a slot",
    "CreatedbStmt": "CREATE DATABASE",
    "DropdbStmt": "DROP DATABASE",
    "AlterDatabaseStmt": "ALTER DATABASE SET TABLESPACE",
    "CreateTableSpaceStmt": "CREATE TABLESPACE",
    "DropTableSpaceStmt": "DROP TABLESPACE",
    "AlterSystemStmt": "ALTER SYSTEM",
}


def check(statement: Statement, node: Any, context: Context) -> Iterator[Found]:
    """Look at what may refuse a transaction block."""
    if not _refuses(statement, statement.node, context):
        return
    what = _WORDS[statement.kind]
    if statement.within is not None:
        yield Found(f"{what} cannot run in a DO block")
    elif statement.in_block:
        yield Found(f"{what} cannot run between BEGIN and COMMIT")
    elif any(_refuses(other, other.node, context) for other in context.earlier.of(*_WORDS)):
        return
    elif context.target is Target.GOLANG_MIGRATE:
        if len(statement.file.statements) > 1:
            yield Found(
                f"{what} cannot run in one message with other statements, which is how golang-migrate sends them"
            )
    elif not statement.file.no_transaction and _has_company(statement):
        yield Found(
            f"{what} runs by itself: a failure half way leaves the file's other statements done or not begun",
            severity=Severity.WARNING,
        )


def _has_company(statement: Statement) -> bool:
    return any(
        other is not statement and other.kind not in ("VariableSetStmt", "TransactionStmt")
        for other in statement.file.statements
    )


def _refuses(statement: Statement, node: Any, context: Context) -> bool:
    kind = statement.kind
    if kind == "DropSubscriptionStmt":
        return not any(
            one.option.defname == "slot_name"
            for other in context.earlier.of("AlterSubscriptionStmt")
            for one in other.node.options
        )
    if refuses(kind, node):
        return True
    if kind == "ReindexStmt" and node.relation is not None and context.version >= 14:
        if node.kind == "REINDEX_OBJECT_TABLE":
            relation = context.relation(node.relation)
        else:
            relation = context.catalog.index_table(node.relation.schemaname, node.relation.relname)
    elif kind == "ClusterStmt" and context.version >= 15:
        relation = context.relation(node.relation)
    else:
        return False
    return relation is not None and relation.kind is RelationKind.PARTITIONED
