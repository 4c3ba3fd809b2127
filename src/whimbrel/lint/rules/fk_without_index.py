"""Does a foreign key have an index?"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.schema.catalog import TEMPORARY, ConstraintKind
from whimbrel.sql.expression import decoded
from whimbrel.sql.expression import names as parts
from whimbrel.sql.tree import names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.lint.rule import PlacedConstraint
    from whimbrel.schema.catalog import Catalog, Index, Name

CARD = Card(
    code="WB513",
    name="fk-without-index",
    severity=Severity.WARNING,
    title="A foreign key without an index",
    condition=("A foreign key on columns with which no index begins that is in sight, up to the end of the directory."),
    effect=(
        "PostgreSQL indexes the referenced side alone: each DELETE of a referenced row, and each UPDATE of "
        "its key, reads the whole referring table to look for rows, and holds its locks as long. Joins along "
        "the key are slow too."
    ),
    remedy="Create an index that begins with the key's columns.",
    safe="CREATE INDEX CONCURRENTLY orders_user_id_idx ON orders (user_id);",
    sources=("https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK",),
    up_only=True,
)
KINDS = ("Constraint:CONSTR_FOREIGN",)


def check(statement: Statement, node: PlacedConstraint, context: Context) -> Iterator[Found]:
    """Look at a foreign key."""
    constraint = node.constraint
    if constraint.contype != "CONSTR_FOREIGN":
        return
    columns = names(constraint.fk_attrs) or ((node.column.colname,) if node.column is not None else ())
    table = context.catalog.name_of(node.relation)
    if table[0] != TEMPORARY:
        message = f"no index of {table[1]} begins with {', '.join(columns)}, which the foreign key needs"
        at = statement.at(constraint.location if node.column is None else node.column.location)
        born = context.file.ordinal if node.created or table in context.catalog.relations else None
        yield Found(message, at, unless=partial(_is_served, table=table, columns=columns, born=born))


def _is_served(final: Catalog, table: Name, columns: tuple[str, ...], *, born: int | None) -> bool:
    """Say whether at the directory's end an index finds the rows of a key, or this file's key is gone.

    `born` is the file's ordinal, None where the table was not known.
    """
    relation = final.relations.get(table)
    if relation is None:
        return born is not None or any(_finds(one, columns) for one in final.strays.get(table, ()))
    foreign = (one for one in relation.constraints.values() if one.kind is ConstraintKind.FOREIGN)
    if born is not None and not any(one.columns == columns and one.born == born for one in foreign):
        return True
    return any(_finds(one, columns) and _is_valid(final, table, one) for one in relation.indexes.values())


def _is_valid(final: Catalog, table: Name, index: Index) -> bool:
    """Say whether each partition has its part of an index that was made ON ONLY the parent."""
    partitions = [final.relations[one] for one in final.partitions.get(table, ()) if one in final.relations]
    return not index.only or all(any(part.parent == index.name for part in one.indexes.values()) for one in partitions)


def _finds(index: Index, columns: tuple[str, ...]) -> bool:
    """Say whether an index finds the rows with given values in all these columns."""
    if index.method not in ("btree", "hash", "gist", "spgist") or (
        index.partial and not _fits(decoded(index.predicate), columns)
    ):
        return False
    begins = set(index.columns[: len(columns)]) == set(columns)
    # At most one row has the values of a unique index's columns.
    return begins or (index.unique and set(index.columns) < set(columns))


def _fits(predicate: Any, columns: tuple[str, ...]) -> bool:
    """Say whether a partial index leaves out only rows in which a column of the key is NULL."""
    both = predicate.get("BoolExpr", {})
    if both.get("boolop") == "AND_EXPR":
        return all(_fits(one, columns) for one in both["args"])
    test = predicate.get("NullTest", {})
    column = test.get("arg", {}).get("ColumnRef", {})
    return test.get("nulltesttype") == "IS_NOT_NULL" and "fields" in column and parts(column["fields"])[-1] in columns
