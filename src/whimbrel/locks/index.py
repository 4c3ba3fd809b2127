"""What do CREATE INDEX, DROP INDEX and REINDEX lock and scan?

CONCURRENTLY cannot be looked at from inside: what such statements lock was watched from other sessions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from whimbrel.locks.fall import referencing
from whimbrel.pg_types.lock_mode import LockMode
from whimbrel.schema.catalog import Relation, RelationKind, written
from whimbrel.sql.outside_transaction import switched_on

if TYPE_CHECKING:
    from msgspec import Raw

    from whimbrel.locks.footprint import Footprint
    from whimbrel.schema.catalog import Name
    from whimbrel.sql import tree

SUX: Final = LockMode.SHARE_UPDATE_EXCLUSIVE
SHARE: Final = LockMode.SHARE
AX: Final = LockMode.ACCESS_EXCLUSIVE
_NOT_INDEXED: Final = frozenset(
    {RelationKind.VIEW, RelationKind.SEQUENCE, RelationKind.COMPOSITE, RelationKind.FOREIGN}
)


def create(footprint: Footprint, node: tree.IndexStmt, _: Raw | bytes) -> None:
    """CREATE INDEX."""
    mode = SUX if node.concurrent else SHARE
    catalog = footprint.catalog
    relation = footprint.named(node.relation, mode)
    name = catalog.name_of(node.relation)
    if relation is not None and relation.kind in _NOT_INDEXED:
        footprint.refuse(f"{written(name)} is a {relation.kind}: it has no index")
    for one in node.index_params if relation is not None and relation.complete and relation.holds_rows else ():
        if relation is not None and one.element.name and one.element.name not in relation.columns:
            footprint.refuse(f"column {one.element.name} of {written(name)} does not exist")
    partitioned = relation is not None and relation.kind is RelationKind.PARTITIONED
    if partitioned and node.concurrent:
        footprint.refuse(f"CONCURRENTLY builds no index of a partitioned table ({written(name)})")
    if partitioned and relation is not None and node.unique:
        keys = {one.element.name for one in node.index_params}
        if any(column not in keys for column in relation.partition_key):
            footprint.refuse(f"a unique index of {written(name)} must have all columns of its partition key")
    family = footprint.family(name, recurse=partitioned and node.relation.inh)
    footprint.lock_all(family, mode)
    if node.idxname and ((name[0], node.idxname) in catalog.indexes or (name[0], node.idxname) in catalog.relations):
        if not node.if_not_exists:
            footprint.refuse(f"{node.idxname} exists")
        return
    if partitioned and not node.relation.inh:
        return
    footprint.scan(
        one
        for one in family
        if not any(_has_like(catalog.relations.get(place), node) for place in (one, *catalog.above(one)))
    )


def _has_like(relation: Relation | None, node: tree.IndexStmt) -> bool:
    """Say whether a partition has an index that is attached instead of being built."""
    if relation is None or relation.partition_of is None:
        return False
    columns = tuple(one.element.name or None for one in node.index_params)
    return None not in columns and any(
        (own.columns, own.unique, own.predicate, own.method) == (columns, node.unique, b"", node.access_method)
        and not own.parent
        for own in relation.indexes.values()
    )


def drop(footprint: Footprint, node: tree.DropStmt, _: Raw | bytes) -> None:
    """DROP INDEX."""
    for one in node.objects:
        parts = one.name
        schema, name = parts[-2] if len(parts) > 1 else "", parts[-1]
        table = footprint.catalog.index_table(schema, name)
        if table is None:
            if node.missing_ok:
                footprint.unsure()
            else:
                footprint.unsure_of_locks()
            continue
        _drop_one(footprint, table, name, node)


def _drop_one(footprint: Footprint, table: Relation, name: str, node: tree.DropStmt) -> None:
    index = table.indexes[name]
    partitioned = table.kind is RelationKind.PARTITIONED
    footprint.lock_all(footprint.family(table.name, recurse=partitioned), SUX if node.concurrent else AX)
    if node.concurrent and partitioned:
        footprint.refuse(f"CONCURRENTLY drops no index of a partitioned table ({written(table.name)})")
    if index.constraint in table.constraints:
        footprint.refuse(f"constraint {index.constraint} of {written(table.name)} needs the index")
        constraint = table.constraints[index.constraint]
        for other, _ in referencing(footprint.catalog, table, constraint):
            footprint.lock(other.name, AX)
    if index.parent:
        footprint.refuse(f"index {index.parent} needs it")


def reindex(footprint: Footprint, node: tree.ReindexStmt, _: Raw | bytes) -> None:
    """REINDEX: each table is read as often as it has indexes."""
    mode = SUX if switched_on(node.params, "concurrently") else SHARE
    if node.relation is None:
        _whole(footprint, node, mode)
        return
    if node.kind == "REINDEX_OBJECT_INDEX":
        relation = footprint.catalog.index_table(node.relation.schemaname, node.relation.relname)
        if relation is None:
            footprint.unsure_of_locks()
            footprint.unsure_of_scans()
            return
    else:
        relation = footprint.named(node.relation, mode)
        if relation is None:
            footprint.scan([footprint.catalog.name_of(node.relation)])
            return
        if not relation.holds_rows:
            footprint.refuse(f"{written(relation.name)} is a {relation.kind}: it has no index")
    if relation.kind is not RelationKind.PARTITIONED:
        _each(footprint, [relation.name], mode)
    elif footprint.version >= 14:
        # Each partition's index is built in a transaction of its own.
        footprint.transaction_block = False
        footprint.lock(relation.name, mode)
        # To list the partitions of a table it locks them as strongly without CONCURRENTLY as with it.
        _each(footprint, footprint.family(relation.name)[1:], mode if node.kind == "REINDEX_OBJECT_INDEX" else SHARE)
    elif node.kind == "REINDEX_OBJECT_INDEX":
        footprint.refuse("REINDEX of a partitioned index needs PostgreSQL 14")


def _each(footprint: Footprint, names: list[Name], mode: LockMode) -> None:
    for name in names:
        footprint.lock(name, mode)
        relation = footprint.catalog.relations.get(name)
        if relation is not None and (relation.indexes or not relation.complete):
            footprint.scan([name])


def _whole(footprint: Footprint, node: tree.ReindexStmt, mode: LockMode) -> None:
    """REINDEX SCHEMA, DATABASE, SYSTEM: one table after the other, of which more may be there."""
    footprint.unsure()
    if node.kind == "REINDEX_OBJECT_SYSTEM":
        return
    for relation in footprint.catalog.relations.values():
        meant = node.kind != "REINDEX_OBJECT_SCHEMA" or relation.name[0] == node.name
        if meant and relation.kind in (RelationKind.TABLE, RelationKind.MATERIALIZED):
            _each(footprint, [relation.name], mode)


FOLLOW: Final = {"IndexStmt": create, "ReindexStmt": reindex}
