"""Does a row that was marked as deleted keep its value taken?"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.lint.rule import PlacedColumn, PlacedConstraint
from whimbrel.schema.catalog import ConstraintKind
from whimbrel.schema.fold import fold
from whimbrel.sql.tree import names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.schema.catalog import Catalog, Index, Name, Relation
    from whimbrel.sql.tree import IndexStmt

CARD = Card(
    code="WB530",
    name="soft-delete-unique-not-partial",
    severity=Severity.ADVICE,
    title="A unique index that counts deleted rows",
    condition=(
        "A unique index or constraint, not partial, on a table with a column deleted_at; keys, and those that "
        "a foreign key refers to, are left out."
    ),
    effect=(
        "A row that is marked as deleted still takes its value: the same e-mail address or name cannot be "
        "used again. With deleted_at among the columns live rows are not kept apart at all, since NULLs count "
        "as different."
    ),
    remedy="Use a unique index on the rows that are not deleted.",
    safe="CREATE UNIQUE INDEX CONCURRENTLY users_email_live ON users (email) WHERE deleted_at IS NULL;",
    sources=("https://www.postgresql.org/docs/current/indexes-partial.html",),
    up_only=True,
)
KINDS = (
    "IndexStmt",
    "Constraint:CONSTR_UNIQUE",
    "AddedColumn",
)
_MARK = "deleted_at"


def check(statement: Statement, node: IndexStmt | PlacedConstraint | PlacedColumn, context: Context) -> Iterator[Found]:
    """Look at what may bring a unique index, or the column."""
    if isinstance(node, PlacedColumn):
        if node.column.colname != _MARK:
            return
        at = statement.at(node.column.location)
    elif isinstance(node, PlacedConstraint):
        if node.constraint.contype != "CONSTR_UNIQUE" or node.constraint.indexname:
            return
        at = statement.at(node.constraint.location if node.column is None else node.column.location)
    elif node.unique and not node.where_clause:
        at = None
    else:
        return
    before = context.relation(node.relation)
    known = _MARK in before.columns if before is not None else False
    if not known and not isinstance(node, PlacedColumn) and not _brings_mark(statement):
        return
    table = context.catalog.name_of(node.relation)
    after = context.catalog.alone(table)
    fold(after, statement.kind, statement.node)
    relation = after.relations.get(table)
    if relation is None:
        return
    for index in relation.indexes.values():
        made = before is None or index.name not in before.indexes
        if isinstance(node, PlacedColumn) == made or (isinstance(node, PlacedConstraint) and not _is_of(node, index)):
            continue
        if _counts_deleted(relation, index):
            message = f"{index.name} counts rows of {table[1]} that are marked as deleted"
            if _MARK in index.columns:
                message = f"{index.name} does not keep live rows of {table[1]} apart: their {_MARK} is NULL"
            yield Found(message, at, unless=partial(_is_settled, table=table, name=index.name))


def _brings_mark(statement: Statement) -> bool:
    """Say whether a CREATE TABLE or ALTER TABLE brings the column too."""
    if statement.kind == "CreateStmt":
        return any(one.column is not None and one.column.colname == _MARK for one in statement.node.table_elts)
    commands = statement.node.cmds if statement.kind == "AlterTableStmt" else []
    added = (one.command.definition for one in commands if one.command.subtype == "AT_AddColumn")
    return any(one is not None and one.column is not None and one.column.colname == _MARK for one in added)


def _is_of(node: PlacedConstraint, index: Index) -> bool:
    """Say whether an index stands behind a constraint."""
    columns = names(node.constraint.keys) or ((node.column.colname,) if node.column is not None else ())
    return bool(index.constraint) and index.columns == columns


def _counts_deleted(relation: Relation, index: Index) -> bool:
    key = relation.primary_key
    if not index.unique or index.partial or (key is not None and set(key.columns) <= set(index.columns)):
        return False
    return not (_MARK in index.columns and index.nulls_not_distinct)


def _is_settled(final: Catalog, table: Name, name: str) -> bool:
    """Say whether at the directory's end the index or the column is gone, or a foreign key needs the index as it is."""
    relation = final.relations.get(table)
    index = relation.indexes.get(name) if relation is not None else None
    if relation is None or index is None or _MARK not in relation.columns or not _counts_deleted(relation, index):
        return True
    return any(
        constraint.kind is ConstraintKind.FOREIGN and set(constraint.referenced_columns) == set(index.columns)
        for _, constraint in final.referencing(table)
    )
