"""Has a foreign key the type of what it refers to?"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.schema.types import type_of
from whimbrel.sql.tree import names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.lint.rule import PlacedConstraint
    from whimbrel.schema.catalog import Catalog, Name, Type
    from whimbrel.sql.tree import ColumnDef

CARD = Card(
    code="WB514",
    name="fk-type-mismatch",
    severity=Severity.ADVICE,
    title="A foreign key of another type",
    condition=(
        "A column of a foreign key whose type is not that of the column it refers to; text and varchar count as one."
    ),
    effect=(
        "Values that the one side can hold do not fit the other: a foreign key of type integer to a bigint "
        "fails once the keys have passed 2147483647. Each comparison needs operators across the types or a "
        "cast."
    ),
    remedy="Give both columns the same type.",
    safe="CREATE TABLE orders (user_id bigint NOT NULL REFERENCES users (id));",
    sources=("https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK",),
    up_only=True,
)
KINDS = ("Constraint:CONSTR_FOREIGN",)
_TEXTS = frozenset({"text", "varchar"})


def check(statement: Statement, node: PlacedConstraint, context: Context) -> Iterator[Found]:
    """Look at a foreign key."""
    constraint = node.constraint
    if constraint.pktable is None:
        return
    catalog = context.catalog
    table, target = catalog.name_of(node.relation), catalog.name_of(constraint.pktable)
    columns = names(constraint.fk_attrs) or ((node.column.colname,) if node.column is not None else ())
    at = statement.at(constraint.location if node.column is None else node.column.location)
    for column, key in zip(columns, names(constraint.pk_attrs) or _key(catalog, statement, target), strict=False):
        own = _written(catalog, statement, table, column) or _known(catalog, table, column)
        other = _written(catalog, statement, target, key) or _known(catalog, target, key)
        if own is not None and other is not None and not _same(own, other):
            yield Found(
                f"{table[1]}.{column} is {own}, but {target[1]}.{key}, to which it refers, is {other}",
                at,
                unless=partial(_agree, own=(table, column), other=(target, key)),
            )


def _columns(catalog: Catalog, statement: Statement, table: Name) -> list[ColumnDef]:
    """Return the columns that the statement itself brings to a table."""
    node = statement.node
    if catalog.name_of(node.relation) != table:
        return []
    if statement.kind == "CreateStmt":
        return [one.column for one in node.table_elts if one.column is not None]
    added = (one.command.definition for one in node.cmds if one.command.subtype == "AT_AddColumn")
    return [one.column for one in added if one is not None and one.column is not None]


def _key(catalog: Catalog, statement: Statement, table: Name) -> tuple[str, ...]:
    """Return the columns of a table's primary key."""
    relation = catalog.relations.get(table)
    if relation is not None and relation.primary_key is not None:
        return relation.primary_key.columns
    if statement.kind == "CreateStmt" and catalog.name_of(statement.node.relation) == table:
        for element in statement.node.table_elts:
            if element.constraint is not None and element.constraint.contype == "CONSTR_PRIMARY":
                return names(element.constraint.keys)
    for column in _columns(catalog, statement, table):
        if any(one.constraint and one.constraint.contype == "CONSTR_PRIMARY" for one in column.constraints):
            return (column.colname,)
    return ()


def _written(catalog: Catalog, statement: Statement, table: Name, column: str) -> Type | None:
    for one in _columns(catalog, statement, table):
        if one.colname == column and one.type_name is not None:
            return _below(catalog, type_of(one.type_name, catalog))
    return None


def _known(catalog: Catalog, table: Name, column: str) -> Type | None:
    relation = catalog.relations.get(table)
    found = relation.columns.get(column) if relation is not None else None
    return _below(catalog, found.type) if found is not None else None


def _below(catalog: Catalog, type_: Type) -> Type:
    """Return the type that a domain stands on, another as it is."""
    domain = catalog.types.get((type_.schema, type_.name))
    return type_ if domain is None or domain.base is None else _below(catalog, domain.base)


def _same(one: Type, two: Type) -> bool:
    """Say whether values fit both, but for lengths and precisions."""
    return (one.schema, one.name) == (two.schema, two.name) or {one.name, two.name} <= _TEXTS


def _agree(final: Catalog, own: tuple[Name, str], other: tuple[Name, str]) -> bool:
    one, two = _known(final, *own), _known(final, *other)
    return one is None or two is None or _same(one, two)
