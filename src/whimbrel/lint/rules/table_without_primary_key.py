"""Can rows of this table be told apart?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.schema.catalog import TEMPORARY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.schema.catalog import Catalog
    from whimbrel.sql.tree import CreateStmt, TableElement

CARD = Card(
    code="WB512",
    name="table-without-primary-key",
    severity=Severity.ADVICE,
    title="A table without a primary key",
    condition=(
        "CREATE TABLE of a table that gets no primary key up to the end of the directory; partitions and "
        "temporary tables are left out."
    ),
    effect=(
        "Logical replication refuses UPDATE and DELETE on it unless it has another replica identity, two "
        "equal rows cannot be told apart, and tools that work in batches or rebuild tables need a key."
    ),
    remedy="Give it a primary key; where no column is one add an identity column.",
    safe="CREATE TABLE visits (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz NOT NULL);",
    sources=(
        "https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-PRIMARY-KEYS",
        "https://www.postgresql.org/docs/current/logical-replication-publication.html#LOGICAL-REPLICATION-PUBLICATION-REPLICA-IDENTITY",
    ),
    up_only=True,
)
KINDS = ("CreateStmt",)
_LIKE_INDEXES = 1 << 6
"""A bit of TableLikeOption."""


def check(statement: Statement, node: CreateStmt, context: Context) -> Iterator[Found]:
    """Look at a CREATE TABLE."""
    name = context.catalog.name_of(node.relation)
    if (
        node.partbound is not None
        or node.of_typename is not None
        or name[0] == TEMPORARY
        or (node.if_not_exists and name in context.catalog.relations)
        or any(_brings_key(element, context) for element in node.table_elts)
    ):
        return

    def keyed(final: Catalog) -> bool:
        relation = final.relations.get(name)
        return relation is None or relation.primary_key is not None

    yield Found(f"{node.relation.relname} has no primary key", unless=keyed)


def _brings_key(element: TableElement, context: Context) -> bool:
    if element.column is not None:
        return any(one.constraint and one.constraint.contype == "CONSTR_PRIMARY" for one in element.column.constraints)
    if element.like is not None:
        model = context.relation(element.like.relation)
        keyless = model is not None and model.complete and model.primary_key is None
        return bool(element.like.options & _LIKE_INDEXES) and not keyless
    return element.constraint is not None and element.constraint.contype == "CONSTR_PRIMARY"
