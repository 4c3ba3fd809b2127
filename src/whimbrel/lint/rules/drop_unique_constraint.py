"""Does an ON CONFLICT or a foreign key need what goes?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.lint.later import makes_unique
from whimbrel.pg_types.lock_mode import LockMode
from whimbrel.schema.catalog import ConstraintKind
from whimbrel.sql.tree import DropStmt, RangeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.schema.catalog import Constraint, Index, Relation
    from whimbrel.sql.tree import AlterTableCmd

CARD = Card(
    code="WB380",
    name="drop-unique-constraint",
    severity=Severity.WARNING,
    title="A unique constraint or index goes that statements may need",
    condition=(
        "DROP CONSTRAINT of a UNIQUE or PRIMARY KEY, or DROP INDEX of a unique index, in an up file, where "
        "nothing else makes the same columns unique. An error where a foreign key refers to them and there is "
        "no CASCADE."
    ),
    effect=(
        "An INSERT … ON CONFLICT on the columns fails with 42P10, and duplicates come in. Where a foreign key "
        "refers to the columns, the statement itself fails with 2BP01. It takes an ACCESS EXCLUSIVE lock for "
        "a moment."
    ),
    remedy=(
        "Release code without ON CONFLICT on these columns first, or make the new unique index before the old one goes."
    ),
    measured=("drop UNIQUE constraint", "drop PK constraint", "drop index"),
    lock=LockMode.ACCESS_EXCLUSIVE,
    rewrites=False,
    scans=False,
    sources=("https://www.postgresql.org/docs/current/sql-insert.html#SQL-ON-CONFLICT",),
    up_only=True,
)
KINDS = ("AT_DropConstraint", "DropStmt:OBJECT_INDEX")


_KINDS = (ConstraintKind.UNIQUE, ConstraintKind.PRIMARY)


def check(statement: Statement, node: AlterTableCmd | DropStmt, context: Context) -> Iterator[Found]:
    """Look at what may be unique."""
    if isinstance(node, DropStmt):
        if node.remove_type != "OBJECT_INDEX":
            return
        for one in node.objects:
            parts = one.name
            table = context.catalog.index_table(parts[-2] if len(parts) > 1 else "", parts[-1])
            index = table.indexes.get(parts[-1]) if table is not None else None
            if table is not None and index is not None and index.unique and not index.constraint:
                yield from _unique(statement, table, index, context, None)
        return
    table = context.relation(statement.node.relation)
    constraint = table.constraints.get(node.name) if table is not None else None
    if table is not None and constraint is not None and constraint.kind in _KINDS:
        index = table.indexes.get(constraint.index)
        if index is not None:
            yield from _unique(statement, table, index, context, node)


def _unique(
    statement: Statement, table: Relation, index: Index, context: Context, command: AlterTableCmd | None
) -> Iterator[Found]:
    columns = frozenset(index.columns)
    if context.is_fresh(table) or context.is_fresh(index) or None in columns:
        return
    named = frozenset(column for column in columns if column is not None)
    if any(_is_as_good(other, index) for other in table.indexes.values()):
        return
    listed = ", ".join(column for column in index.columns if column)
    behavior = command.behavior if command is not None else statement.node.behavior
    needed = [] if behavior == "DROP_CASCADE" or index.partial else _needed(statement, table, named, context)
    if needed:
        other, foreign = needed[0]
        message = f"{index.name} cannot go: foreign key {foreign.name} of {other.name[1]} refers to its columns"
        yield Found(message, severity=Severity.ERROR)
    elif not makes_unique(statement, RangeVar(relname=table.name[1]), named, command):
        yield Found(
            f"without {index.name} nothing keeps ({listed}) of {table.name[1]} unique, and ON CONFLICT on it fails"
        )


def _is_as_good(other: Index, index: Index) -> bool:
    return (
        other.unique
        and other.name != index.name
        and frozenset(other.columns) == frozenset(index.columns)
        and other.predicate == index.predicate
    )


def _needed(
    statement: Statement, table: Relation, columns: frozenset[str], context: Context
) -> list[tuple[Relation, Constraint]]:
    """Return the foreign keys on the columns, but for those that the same statement drops."""
    own: set[str] = set()
    if statement.kind == "AlterTableStmt":
        own = {one.command.name for one in statement.node.cmds if one.command.subtype == "AT_DropConstraint"}
    return [
        (other, foreign)
        for other, foreign in context.catalog.referencing(table.name)
        if frozenset(foreign.referenced_columns) == columns and not (other.name == table.name and foreign.name in own)
    ]
