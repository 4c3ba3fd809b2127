"""What do CREATE TABLE, VIEW, SEQUENCE and SCHEMA and ALTER SEQUENCE lock of what was there before?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from whimbrel.locks import partition
from whimbrel.locks.alter_constraint import refuse_without_key
from whimbrel.locks.fall import default_sequences, lock_sequences_of_defaults, owned_sequences
from whimbrel.locks.query import reader
from whimbrel.locks.reader import Depth
from whimbrel.pg_types.lock_mode import LockMode
from whimbrel.schema.catalog import TEMPORARY, Column, RelationKind, Type, written
from whimbrel.schema.fold_table import owner
from whimbrel.schema.types import type_of
from whimbrel.sql import tree
from whimbrel.sql.expression import decoded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from msgspec import Raw

    from whimbrel.locks.footprint import Footprint
    from whimbrel.schema.catalog import Name, Relation

AS: Final = LockMode.ACCESS_SHARE
AX: Final = LockMode.ACCESS_EXCLUSIVE
SRX: Final = LockMode.SHARE_ROW_EXCLUSIVE


def _is_there(footprint: Footprint, name: Name, *, if_not_exists: bool) -> bool:
    if name not in footprint.catalog.relations and name not in footprint.catalog.indexes:
        return False
    if not if_not_exists:
        footprint.refuse(f"{written(name)} exists")
    return True


def table(footprint: Footprint, node: tree.CreateStmt, _: Raw | bytes) -> None:
    """CREATE TABLE."""
    name = footprint.catalog.name_of(node.relation)
    if _is_there(footprint, name, if_not_exists=node.if_not_exists) and node.if_not_exists:
        return
    footprint.made.add(name)
    for parent in node.inh_relations:
        if parent.range_var is None:
            continue
        above = footprint.catalog.name_of(parent.range_var)
        if node.partbound is not None:
            partition.created(footprint, node, above)
        else:
            footprint.named(parent.range_var, LockMode.SHARE_UPDATE_EXCLUSIVE)
    if node.of_typename is not None:
        type_ = type_of(node.of_typename, footprint.catalog)
        footprint.lock((type_.schema, type_.name), AS)
        footprint.find((type_.schema, type_.name))
    for element in node.table_elts:
        if element.like is not None:
            _like(footprint, element.like)
        elif element.column is not None:
            _constraints(footprint, (one.constraint for one in element.column.constraints), name)
        elif element.constraint is not None:
            _constraints(footprint, [element.constraint], name)


_INCLUDING_DEFAULTS: Final = 1 << 3
"""A bit of TableLikeOption."""


def _like(footprint: Footprint, like: tree.TableLikeClause) -> None:
    source = footprint.named(like.relation, AS)
    if source is None or footprint.version < 18 or not like.options & _INCLUDING_DEFAULTS:
        return
    serial = {column.name for column in source.columns.values() if column.has_default and not column.default}
    for sequence, owned in owned_sequences(footprint.catalog, source.name):
        if owned is not None and owned[1] in serial:
            footprint.lock(sequence, AS)
    for column in source.columns.values():
        if column.has_default:
            footprint.lock_all(default_sequences(footprint.catalog, column), AS)


def _constraints(footprint: Footprint, constraints: Iterable[tree.Constraint | None], table_: Name) -> None:
    for one in constraints:
        if one is None:
            continue
        if one.contype == "CONSTR_DEFAULT" and footprint.version >= 18:
            uses = Column("", Type("", ""), default=bytes(one.raw_expr))
            footprint.lock_all(default_sequences(footprint.catalog, uses), AS)
        if one.contype == "CONSTR_FOREIGN" and one.pktable is not None:
            target = footprint.catalog.name_of(one.pktable)
            relation = footprint.find(target)
            partitioned = relation is not None and relation.kind is RelationKind.PARTITIONED
            footprint.lock_all(footprint.family(target, recurse=partitioned), SRX)
            refuse_without_key(footprint, target, tree.names(one.pk_attrs), table_)
            if relation is not None and (table_[0] == TEMPORARY) != (target[0] == TEMPORARY) and target != table_:
                footprint.refuse("no foreign key leads from a temporary table to another, or back")


def foreign_table(footprint: Footprint, node: tree.CreateForeignTableStmt, raw: Raw | bytes) -> None:
    """CREATE FOREIGN TABLE."""
    table(footprint, node.base, raw)


def table_as(footprint: Footprint, node: tree.CreateTableAsStmt, _: Raw | bytes) -> None:
    """CREATE TABLE AS, CREATE MATERIALIZED VIEW: the query is looked at even where the table is there."""
    name = footprint.catalog.name_of(node.into.rel)
    there = _is_there(footprint, name, if_not_exists=node.if_not_exists)
    depth = Depth.PARSED if there or node.into.skip_data else Depth.RUN
    follows = reader(footprint, depth)
    for kind, query in (decoded(node.query) or {}).items():
        if kind == "ExecuteStmt":
            footprint.nothing_known()
        follows.statement(kind, query)


def view(footprint: Footprint, node: tree.ViewStmt, _: Raw | bytes) -> None:
    """CREATE VIEW."""
    name = footprint.catalog.name_of(node.view)
    if name in footprint.catalog.relations:
        if node.replace:
            footprint.lock(name, AX)
        else:
            footprint.refuse(f"{written(name)} exists")
    for kind, query in (decoded(node.query) or {}).items():
        reader(footprint, Depth.PARSED).statement(kind, query)
    if footprint.version >= 18:
        lock_sequences_of_defaults(footprint, node.query)


def sequence(footprint: Footprint, node: tree.CreateSeqStmt, _: Raw | bytes) -> None:
    """CREATE SEQUENCE."""
    name = footprint.catalog.name_of(node.sequence)
    if not (_is_there(footprint, name, if_not_exists=node.if_not_exists) and node.if_not_exists):
        _owner(footprint, node.options)


def _owner(footprint: Footprint, options: list[tree.DefElemNode]) -> None:
    found = owner(footprint.catalog, options)
    if found is not None:
        footprint.lock(found[0], AS)
        footprint.find(found[0])


def alter_sequence(footprint: Footprint, node: tree.AlterSeqStmt, _: Raw | bytes) -> None:
    """ALTER SEQUENCE: all but OWNED BY gives it a new file."""
    name = footprint.catalog.name_of(node.sequence)
    if node.missing_ok and footprint.absent(name):
        return
    footprint.lock(name, SRX)
    relation = footprint.find(name)
    _owner(footprint, node.options)
    if any(one.option is not None and one.option.defname == "owned_by" for one in node.options):
        _refuse_identity(footprint, relation)
    if any(one.option is not None and one.option.defname != "owned_by" for one in node.options):
        footprint.rewrites.add(name)


def _refuse_identity(footprint: Footprint, sequence_: Relation | None) -> None:
    """An identity column's sequence stays with it."""
    owned = sequence_.owned_by if sequence_ is not None else None
    table_ = footprint.catalog.relations.get(owned[0]) if owned is not None else None
    column = table_.columns.get(owned[1]) if table_ is not None and owned is not None else None
    if column is not None and column.identity:
        footprint.refuse(f"the sequence belongs to identity column {column.name}")


def schema(footprint: Footprint, node: tree.CreateSchemaStmt, _: Raw | bytes) -> None:
    """CREATE SCHEMA with the statements inside it."""
    name = node.schemaname or (node.authrole.rolename if node.authrole is not None else "")
    if name in footprint.catalog.schemas and not node.if_not_exists:
        footprint.refuse(f"schema {name} exists")
    if not node.schema_elts:
        return
    from whimbrel.locks.effect import follow
    from whimbrel.schema.fold import fold

    before = footprint.catalog
    inside = before.branch()
    inside.search_path = (node.schemaname, *before.search_path)
    footprint.catalog = inside
    for element in node.schema_elts:
        for kind, raw in msgspec.json.decode(element, type=dict[str, msgspec.Raw]).items():
            struct = tree.STATEMENTS.get(kind)
            parsed: Any = msgspec.json.decode(raw, type=struct) if struct is not None else None
            follow(footprint, kind, parsed, raw)
            made = set(inside.relations)
            fold(inside, kind, parsed)
            footprint.made |= set(inside.relations) - made
    footprint.catalog = before


FOLLOW: Final[dict[str, Any]] = {
    "CreateStmt": table, "CreateForeignTableStmt": foreign_table, "CreateTableAsStmt": table_as, "ViewStmt": view,
    "CreateSeqStmt": sequence, "AlterSeqStmt": alter_sequence, "CreateSchemaStmt": schema,
}  # fmt: skip
