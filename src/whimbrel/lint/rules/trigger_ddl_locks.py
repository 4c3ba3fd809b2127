"""Does a change of triggers make writers, or all, wait?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.file import behind
from whimbrel.lint.found import Found
from whimbrel.lint.session_settings import waits_briefly
from whimbrel.pg_types.lock_mode import LockMode
from whimbrel.schema.catalog import written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.schema.catalog import Name
    from whimbrel.sql.tree import CreateTrigStmt

CARD = Card(
    code="WB253",
    name="trigger-ddl-locks",
    severity=Severity.ADVICE,
    title="A change of triggers locks the table",
    condition="CREATE, DROP, ALTER, ENABLE or DISABLE TRIGGER on a table that was there before the file; a warning "
    "where a trigger is dropped to be created again (14 and later can replace it).",
    effect="CREATE TRIGGER and ENABLE or DISABLE take SHARE ROW EXCLUSIVE: writes wait. DROP TRIGGER and ALTER "
    "TRIGGER RENAME take ACCESS EXCLUSIVE: reads wait too. All are quick once they have the lock.",
    remedy="Set a short lock_timeout, and write CREATE OR REPLACE TRIGGER (14 and later) in the place of DROP and "
    "CREATE.",
    safe="SET LOCAL lock_timeout = '2s';\n"
    "CREATE OR REPLACE TRIGGER orders_touch BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION touch();",
    measured=("create trigger", "drop trigger", "alter trigger rename", "enable trigger", "disable trigger"),
    lock=LockMode.ACCESS_EXCLUSIVE,
    rewrites=False,
    scans=False,
    sources=("https://www.postgresql.org/docs/current/sql-createtrigger.html",),
)
KINDS = (
    "CreateTrigStmt", "DropStmt:OBJECT_TRIGGER", "RenameStmt", "AT_EnableTrig", "AT_EnableTrigAll", "AT_EnableTrigUser",
    "AT_EnableAlwaysTrig", "AT_EnableReplicaTrig", "AT_DisableTrig", "AT_DisableTrigUser",
)  # fmt: skip


def check(statement: Statement, node: Any, context: Context) -> Iterator[Found]:
    """Look at what concerns a trigger; DISABLE TRIGGER ALL has a rule of its own."""
    if _concerns(statement.kind, node) and not waits_briefly(statement, context.earlier):
        yield from _look(statement, node, context)


def _concerns(kind: str, node: Any) -> bool:
    if kind == "DropStmt":
        return bool(node.remove_type == "OBJECT_TRIGGER")
    return kind != "RenameStmt" or bool(node.rename_type == "OBJECT_TRIGGER")


def _look(statement: Statement, node: Any, context: Context) -> Iterator[Found]:
    match statement.kind:
        case "CreateTrigStmt":
            if not context.is_new(node.relation) and not _was_dropped(node, context):
                yield Found(f"writes to {node.relation.relname} wait while trigger {node.trigname} is made")
        case "DropStmt":
            yield from _drop(statement, node, context)
        case "RenameStmt":
            if not context.is_new(node.relation):
                yield Found(f"reads and writes of {node.relation.relname} wait while the trigger gets another name")
        case _:
            relation = statement.node.relation
            if not context.is_new(relation):
                yield Found(f"writes to {relation.relname} wait while the trigger is switched")


def _drop(statement: Statement, node: Any, context: Context) -> Iterator[Found]:
    for one in node.objects:
        table, trigger = _parts(one.name, context)
        if context.is_new(table) or not _existed(table, trigger, context):
            continue
        again = any(
            other.node.trigname == trigger
            and not other.node.isconstraint  # which the server does not replace
            and context.catalog.name_of(other.node.relation) == table
            for other in behind(statement.file.statements.of("CreateTrigStmt"), statement)
        )
        if again and context.version >= 14:
            yield Found(
                f"dropping {trigger} to create it again stops reads of {written(table)}, which CREATE OR REPLACE "
                "TRIGGER does not",
                severity=Severity.WARNING,
            )
        else:
            yield Found(f"reads and writes of {written(table)} wait while trigger {trigger} is dropped")


def _was_dropped(node: CreateTrigStmt, context: Context) -> bool:
    """Say whether the file has dropped a trigger of the same name before."""
    own = context.catalog.name_of(node.relation), node.trigname
    return _existed(*own, context) and any(
        _parts(one.name, context) == own
        for other in context.earlier.of("DropStmt")
        if other.node.remove_type == "OBJECT_TRIGGER"
        for one in other.node.objects
    )


def _existed(table: Name, trigger: str, context: Context) -> bool:
    """Say whether a trigger was there before the file; it may have been on a table that is not in sight."""
    relation = context.before.relations.get(table) if context.before is not None else None
    return relation is None or trigger in relation.triggers


def _parts(name: tuple[str, ...], context: Context) -> tuple[Name, str]:
    schema = name[-3] if len(name) > 2 else ""
    return context.catalog.resolve(schema, name[-2]), name[-1]
