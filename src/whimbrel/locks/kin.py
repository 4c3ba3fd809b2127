"""Is this table refused as a partition or heir of that one? As far as both are in sight."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.locks.bound import is_empty_range, overlaps
from whimbrel.locks.fall import default_of
from whimbrel.schema.catalog import ConstraintKind, RelationKind, written

if TYPE_CHECKING:
    from whimbrel.locks.footprint import Footprint
    from whimbrel.schema.catalog import Name, Relation
    from whimbrel.sql.tree import PartitionBound

_NAMES = {"r": "range", "l": "list", "h": "hash"}


def refuse_bound(footprint: Footprint, parent: Relation, bound: PartitionBound | None, own: Name) -> None:
    """Refuse a partition whose bound does not go with its parent or with the partitions that are there."""
    catalog = footprint.catalog
    if parent.kind is not RelationKind.PARTITIONED:
        footprint.refuse(f"{written(parent.name)} is not partitioned")
        return
    if bound is None:
        return
    if bound.is_default:
        if any(one != own for one in default_of(catalog, parent.name)):
            footprint.refuse(f"{written(parent.name)} has a DEFAULT partition already")
        return
    if is_empty_range(bound):
        footprint.refuse("the range of values is empty")
    for child in catalog.partitions.get(parent.name, ()):
        relation = catalog.relations.get(child)
        other = relation.bound if relation is not None and child != own else None
        if other is None or other.is_default:
            continue
        if other.strategy != bound.strategy:
            footprint.refuse(f"{written(parent.name)} is partitioned by {_NAMES.get(other.strategy, other.strategy)}")
        elif overlaps(bound, other):
            footprint.refuse(f"values of partition {written(child)} are among the new one's")


def refuse_unlike(footprint: Footprint, parent: Relation, child: Relation, *, partition: bool) -> None:
    """Refuse a table that lacks columns or CHECKs of the table above it, or has columns that a partition may not."""
    if not (parent.complete and child.complete) or child.kind is RelationKind.FOREIGN:
        return
    called = written(child.name)
    for column in parent.columns.values():
        own = child.columns.get(column.name)
        if own is None:
            footprint.refuse(f"{called} has no column {column.name}")
            continue
        if own.type != column.type and not own.type.schema and not column.type.schema:
            footprint.refuse(f"column {column.name} of {called} is {own.type}, not {column.type}")
        if column.not_null and not own.not_null:
            footprint.refuse(f"column {column.name} of {called} is not NOT NULL")
    if partition:
        for name in child.columns.keys() - parent.columns.keys():
            footprint.refuse(f"{written(parent.name)} has no column {name}")
    for name, constraint in parent.constraints.items():
        passes_down = constraint.kind is ConstraintKind.CHECK and not constraint.no_inherit
        if passes_down and name not in child.constraints:
            footprint.refuse(f"{called} has no constraint {name}")


def refuse_heir(footprint: Footprint, parent: Relation, child: Relation) -> None:
    """Refuse INHERIT of a table that is partitioned, inherited from already, or below."""
    if parent.kind is RelationKind.PARTITIONED:
        footprint.refuse(f"{written(parent.name)} is partitioned: only partitions inherit from it")
    if child.kind is RelationKind.PARTITIONED:
        footprint.refuse(f"{written(child.name)} is partitioned and inherits from nothing")
    if child.name in footprint.catalog.partitions.get(parent.name, ()):
        footprint.refuse(f"{written(child.name)} inherits from {written(parent.name)} already")
    if parent.name == child.name or parent.name in footprint.catalog.children(child.name):
        footprint.refuse(f"{written(parent.name)} inherits from {written(child.name)} itself")
    refuse_unlike(footprint, parent, child, partition=False)
