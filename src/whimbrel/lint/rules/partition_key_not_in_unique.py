"""Does a unique constraint leave a partition column out?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.lint.rule import PlacedConstraint
from whimbrel.sql.tree import names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import CreateStmt, IndexStmt, RangeVar

CARD = Card(
    code="WB723",
    name="partition-key-not-in-unique",
    severity=Severity.ERROR,
    title="A unique constraint of a partitioned table leaves a partition column out",
    condition=(
        "A PRIMARY KEY, UNIQUE or unique index of a partitioned table that does not have all columns of the partition "
        "key, or where that key holds an expression."
    ),
    effect="The statement fails (0A000): each partition can only see to its own rows.",
    remedy="Add the partition columns to the constraint, or make the constraint on each partition.",
    sources=("https://www.postgresql.org/docs/current/ddl-partitioning.html#DDL-PARTITIONING-DECLARATIVE-LIMITATIONS",),
)
KINDS = ("Constraint:CONSTR_PRIMARY", "Constraint:CONSTR_UNIQUE", "IndexStmt")


def check(statement: Statement, node: PlacedConstraint | IndexStmt, context: Context) -> Iterator[Found]:
    """Look at a constraint, or at a CREATE INDEX."""
    if isinstance(node, PlacedConstraint):
        constraint = node.constraint
        if constraint.indexname:
            return
        columns = names(constraint.keys) or ((node.column.colname,) if node.column is not None else ())
        word = "PRIMARY KEY" if constraint.contype == "CONSTR_PRIMARY" else "UNIQUE"
        at = statement.at(constraint.location)
        key = _key_of_new(statement.node) if node.created else _key_of_known(context, node.relation)
    elif node.unique:
        columns, word, at = tuple(one.element.name for one in node.index_params), "UNIQUE", None
        key = _key_of_known(context, node.relation)
    else:
        return
    if left := sorted(key.difference(columns)):
        listed = ", ".join(left) if all(left) else "an expression"
        yield Found(
            f"the server refuses {word} ({', '.join(one or 'an expression' for one in columns)}) on "
            f"{node.relation.relname}, which is partitioned by {listed}",
            at,
        )


def _key_of_new(table: CreateStmt) -> set[str]:
    """Return the columns of PARTITION BY, an empty name for an expression."""
    parts = table.partspec.part_params if table.partspec is not None else []
    return {one.element.name for one in parts if one.element is not None}


def _key_of_known(context: Context, written: RangeVar) -> set[str]:
    relation = context.relation(written)
    return {column or "" for column in relation.partition_key} if relation is not None else set()
