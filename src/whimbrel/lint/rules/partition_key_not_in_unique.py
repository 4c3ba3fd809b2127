"""Does a unique constraint leave a partition column out?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.sql.tree import names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import CreateStmt

CARD = Card(
    code="WB723",
    name="partition-key-not-in-unique",
    severity=Severity.ERROR,
    title="A unique constraint of a partitioned table leaves a partition column out",
    condition=(
        "CREATE TABLE … PARTITION BY with a PRIMARY KEY or UNIQUE that does not have all columns of the partition "
        "key, or with a partition key that holds an expression."
    ),
    effect="The statement fails (0A000): each partition can only see to its own rows.",
    remedy="Add the partition columns to the constraint, or make the constraint on each partition.",
    sources=("https://www.postgresql.org/docs/current/ddl-partitioning.html#DDL-PARTITIONING-DECLARATIVE-LIMITATIONS",),
)
KINDS = ("CreateStmt",)


def check(statement: Statement, node: CreateStmt, context: Context) -> Iterator[Found]:
    """Look at a CREATE TABLE."""
    if node.partspec is None:
        return
    elements = [one.element for one in node.partspec.part_params if one.element is not None]
    key = {element.name for element in elements}
    for one in node.table_elts:
        own = [part.constraint for part in one.column.constraints] if one.column is not None else [one.constraint]
        for constraint in own:
            if constraint is None or constraint.contype not in ("CONSTR_PRIMARY", "CONSTR_UNIQUE"):
                continue
            columns = names(constraint.keys) or ((one.column.colname,) if one.column is not None else ())
            if left := sorted(key.difference(columns)):
                listed = ", ".join(left) if all(left) else "an expression"
                yield Found(
                    f"the server refuses UNIQUE ({', '.join(columns)}) on {node.relation.relname}, which is "
                    f"partitioned by {listed}",
                    statement.at(constraint.location),
                )
