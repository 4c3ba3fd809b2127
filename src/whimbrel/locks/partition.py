"""What do ATTACH PARTITION, DETACH PARTITION and CREATE TABLE … PARTITION OF lock and scan?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from whimbrel.locks.bound import implies, keeps_out
from whimbrel.locks.fall import default_of, is_inherited, referenced
from whimbrel.locks.kin import refuse_bound, refuse_unlike
from whimbrel.pg_types.lock_mode import LockMode
from whimbrel.schema.catalog import ConstraintKind, Relation, RelationKind, written

if TYPE_CHECKING:
    from whimbrel.locks.altered import Altered
    from whimbrel.locks.footprint import Footprint
    from whimbrel.schema.catalog import Index, Name
    from whimbrel.sql import tree

AX: Final = LockMode.ACCESS_EXCLUSIVE
SUX: Final = LockMode.SHARE_UPDATE_EXCLUSIVE
SRX: Final = LockMode.SHARE_ROW_EXCLUSIVE


def attach(altered: Altered, command: tree.AlterTableCmd) -> None:
    """ATTACH PARTITION: the new one is read unless its constraints imply the bound, and to build its indexes."""
    cmd = command.definition.partition if command.definition is not None else None
    if cmd is None:
        return
    footprint, parent = altered.footprint, altered.relation
    table = footprint.named(cmd.name, AX)
    name = footprint.catalog.name_of(cmd.name)
    below = footprint.family(name)
    takes_all = cmd.bound is not None and cmd.bound.is_default and not footprint.catalog.partitions.get(altered.name)
    footprint.lock_all(below, AX)
    if parent is None:
        footprint.unsure_of_scans()
        return
    refuse_bound(footprint, parent, cmd.bound, name)
    lock_default(footprint, altered.name, cmd.bound)
    footprint.lock_all(footprint.catalog.above(altered.name), LockMode.ACCESS_SHARE)
    inherit_keys(footprint, altered.name)
    if table is None:
        footprint.scan([name])
        return
    if table.partition_of is not None:
        footprint.refuse(f"{written(name)} is a partition already")
    refuse_unlike(footprint, parent, table, partition=True)
    for one in below:
        relation = footprint.catalog.relations.get(one)
        if relation is not None and (
            not (takes_all or implies(relation, parent.partition_key, cmd.bound)) or _lacks(parent, relation)
        ):
            footprint.scan([one])
    _referring_rows(footprint, parent, below)


def _lacks(parent: Relation, table: Relation) -> bool:
    """Say whether an index of the partitioned table must be built on its new partition."""
    return any(not index.only and not any(_alike(index, own) for own in table.indexes.values())
               for index in parent.indexes.values())  # fmt: skip


def _alike(one: Index, other: Index) -> bool:
    return (one.columns, one.unique, one.predicate, one.method, one.expressions) == (
        other.columns, other.unique, other.predicate, other.method, other.expressions,
    )  # fmt: skip


def _referring_rows(footprint: Footprint, parent: Relation, below: list[Name]) -> None:
    """A foreign key of the parent becomes one of the partition, whose rows are looked at if it has none like it."""
    for constraint in parent.constraints.values():
        if constraint.kind is not ConstraintKind.FOREIGN:
            continue
        for name in below:
            relation = footprint.catalog.relations.get(name)
            own = relation.constraints.values() if relation is not None else ()
            if any(one.references == constraint.references and one.columns == constraint.columns for one in own):
                footprint.lock_all(referenced(footprint.catalog, constraint), AX)  # of two checks one goes
            else:
                footprint.scan([name, *(() if footprint.is_empty(name) else referenced(footprint.catalog, constraint))])


def inherit_keys(footprint: Footprint, parent: Name) -> None:
    """Lock the tables that the parent's foreign keys refer to: a partition gets them too."""
    relation = footprint.catalog.relations.get(parent)
    for constraint in relation.constraints.values() if relation is not None else ():
        footprint.lock_all(referenced(footprint.catalog, constraint), SRX)
    for other, _ in footprint.catalog.reaching(parent):
        names = footprint.family(other.name, recurse=other.kind is RelationKind.PARTITIONED)
        footprint.lock_all(names, SRX if footprint.version >= 15 else LockMode.ACCESS_SHARE)


def lock_default(footprint: Footprint, parent: Name, bound: tree.PartitionBound | None) -> None:
    """Lock the DEFAULT partition and read it: rows that the new bound takes may be in it."""
    catalog = footprint.catalog
    relation = catalog.relations.get(parent)
    if bound is not None and bound.is_default:
        return
    for name in default_of(catalog, parent):
        footprint.lock_all(footprint.family(name), AX)
        for one in footprint.family(name):
            table = catalog.relations.get(one)
            if table is None or relation is None or not keeps_out(table, relation.partition_key, bound):
                footprint.scan([one])


def detach(altered: Altered, command: tree.AlterTableCmd) -> None:
    """DETACH PARTITION; CONCURRENTLY takes its strong lock on the partition only once nobody uses the parent."""
    cmd = command.definition.partition if command.definition is not None else None
    if cmd is None:
        return
    footprint, catalog = altered.footprint, altered.footprint.catalog
    name = catalog.name_of(cmd.name)
    finalizes = command.subtype == "AT_DetachPartitionFinalize"
    referring = catalog.reaching(altered.name)
    # Since 14 the partition is locked as strongly as the parent.
    weak = (
        footprint.version < 14 and not cmd.concurrent and not _loses_triggers(altered, name, referring=bool(referring))
    )
    partition = footprint.named(cmd.name, SUX if weak else AX)
    if altered.relation is None or partition is None:
        return
    if partition.partition_of != altered.name:
        footprint.refuse(f"{written(name)} is no partition of {written(altered.name)}")
        return
    if cmd.concurrent and list(default_of(catalog, altered.name)):
        footprint.refuse("CONCURRENTLY detaches no partition of a table that has a DEFAULT partition")
    footprint.lock_all(footprint.family(name)[1:], AX)
    if not cmd.concurrent and not finalizes:
        footprint.lock_all(default_of(catalog, altered.name), AX)
    for constraint in partition.constraints.values():
        if constraint.kind is ConstraintKind.FOREIGN and is_inherited(catalog, partition, constraint):
            targets = referenced(catalog, constraint)
            if footprint.version < 15 and len(targets) > 1:
                footprint.lock(name, AX)
            else:
                footprint.lock_all(targets, SRX)
    for other, foreign in referring:
        if is_inherited(catalog, other, foreign):
            continue
        names = footprint.family(other.name, recurse=other.kind is RelationKind.PARTITIONED)
        footprint.lock(other.name, AX)
        footprint.lock_all([*names, *catalog.above(altered.name)], LockMode.ACCESS_SHARE)
        footprint.scan(names)
        footprint.unsure()  # rows that refer to it refuse the statement


def _loses_triggers(altered: Altered, partition: Name, *, referring: bool) -> bool:
    """Say whether DETACH drops triggers of a partition: copies of its parent's, or those of keys that refer to it."""
    relation = altered.footprint.catalog.relations.get(partition)
    if altered.relation is not None and altered.relation.triggers.keys() - altered.relation.statement_triggers:
        return True
    # Before 15 a partitioned table itself has no triggers of foreign keys.
    return referring and (relation is None or relation.kind is not RelationKind.PARTITIONED)


def created(footprint: Footprint, node: tree.CreateStmt, parent: Name) -> None:
    """PARTITION OF: the parent is locked for the new table, which is empty."""
    footprint.lock(parent, AX)
    above = footprint.find(parent)
    if above is None:
        return
    refuse_bound(footprint, above, node.partbound, footprint.catalog.name_of(node.relation))
    lock_default(footprint, parent, node.partbound)
    inherit_keys(footprint, parent)
