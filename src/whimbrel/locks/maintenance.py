"""What do TRUNCATE, LOCK, VACUUM, ANALYZE, CLUSTER and REFRESH MATERIALIZED VIEW lock, rewrite and scan?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from whimbrel.locks.dml import look_at_bound
from whimbrel.locks.fall import owned_sequences
from whimbrel.locks.reader import read_view
from whimbrel.pg_types.lock_mode import LockMode
from whimbrel.schema.catalog import RelationKind, written
from whimbrel.sql.outside_transaction import switched_on

if TYPE_CHECKING:
    from msgspec import Raw

    from whimbrel.locks.footprint import Footprint
    from whimbrel.schema.catalog import Name
    from whimbrel.sql import tree

AX: Final = LockMode.ACCESS_EXCLUSIVE
SUX: Final = LockMode.SHARE_UPDATE_EXCLUSIVE


def truncate(footprint: Footprint, node: tree.TruncateStmt, _: Raw | bytes) -> None:
    """TRUNCATE: empty files for each table, and with CASCADE for all that refer to it."""
    names: list[Name] = []
    for one in node.relations:
        if one.range_var is None:
            continue
        relation = footprint.named(one.range_var, AX)
        name = footprint.catalog.name_of(one.range_var)
        if relation is not None and relation.kind not in (RelationKind.TABLE, RelationKind.PARTITIONED):
            footprint.refuse(f"{written(name)} is a {relation.kind}")
        if relation is not None and relation.kind is RelationKind.PARTITIONED and not one.range_var.inh:
            footprint.refuse(f"{written(name)} itself holds no rows: TRUNCATE ONLY does not reach its partitions")
        names.extend(footprint.family(name, recurse=one.range_var.inh))
    emptied = list(dict.fromkeys(names))
    for name in emptied:  # grows as it is walked
        for other, constraint in footprint.catalog.reaching(name):
            if other.name not in emptied:
                if node.behavior != "DROP_CASCADE":
                    why = f"{written(other.name)} refers to {written(name)} by {constraint.name}"
                    footprint.refuse(f"{why}: only CASCADE empties both")
                    continue
                family = footprint.family(other.name)
                emptied.extend(new for new in family if new not in emptied)
    footprint.lock_all(emptied, AX)
    for name in emptied:
        look_at_bound(footprint, footprint.catalog.relations.get(name))
    footprint.rewrites.update(name for name in emptied if footprint.stored(name))
    if node.restart_seqs:
        for name in emptied:
            for sequence, _owner in owned_sequences(footprint.catalog, name):
                footprint.lock(sequence, AX)
                footprint.rewrites.add(sequence)


def lock(footprint: Footprint, node: tree.LockStmt, _: Raw | bytes) -> None:
    """LOCK TABLE; of a view all that it is made from too."""
    mode = LockMode(node.mode) if node.mode else AX
    for one in node.relations:
        if one.range_var is None:
            continue
        relation = footprint.named(one.range_var, mode)
        name = footprint.catalog.name_of(one.range_var)
        if relation is None:
            continue
        if relation.kind in (RelationKind.MATERIALIZED, RelationKind.SEQUENCE, RelationKind.COMPOSITE):
            footprint.refuse(f"{written(name)} is a {relation.kind}: LOCK takes tables and views")
        if relation.kind is RelationKind.VIEW:
            _lock_view(footprint, name, mode)
        elif one.range_var.inh:
            footprint.lock_all(footprint.family(name), mode)


def _lock_view(footprint: Footprint, view: Name, mode: LockMode) -> None:
    relation = footprint.catalog.relations.get(view)
    for name in relation.reads if relation is not None else ():
        source = footprint.find(name)
        if source is not None and source.kind is RelationKind.MATERIALIZED:
            continue
        footprint.lock_all(footprint.family(name), mode)
        if source is not None and source.kind is RelationKind.VIEW:
            _lock_view(footprint, name, mode)


def vacuum(footprint: Footprint, node: tree.VacuumStmt, _: Raw | bytes) -> None:
    """VACUUM and ANALYZE."""
    full = node.is_vacuumcmd and switched_on(node.options, "full")
    if not node.rels:
        footprint.unsure()
        for relation in footprint.catalog.relations.values():
            if relation.holds_rows:
                _vacuum_one(footprint, relation.name, full=full)
        return
    if node.is_vacuumcmd and not full and switched_on(node.options, "truncate", default=True):
        footprint.unsure()  # empty pages at the end of a table are cut off under ACCESS EXCLUSIVE
    for one in node.rels:
        if one.relation is None or one.relation.relation is None:
            continue
        written_name = one.relation.relation
        known = footprint.catalog.relation(written_name)
        if known is not None and not known.holds_rows:
            continue  # with a warning
        relation_named = footprint.named(written_name, AX if full else SUX)
        name = footprint.catalog.name_of(written_name)
        partitioned = relation_named is not None and relation_named.kind is RelationKind.PARTITIONED
        recurse = (partitioned or footprint.version >= 18) and written_name.inh
        for member in footprint.family(name, recurse=recurse):
            _vacuum_one(footprint, member, full=full)
        if not node.is_vacuumcmd and not recurse:
            below = [one for one in footprint.family(name)[1:] if footprint.stored(one)]
            footprint.lock_all(below, LockMode.ACCESS_SHARE)  # rows of heirs are sampled too


def _vacuum_one(footprint: Footprint, name: Name, *, full: bool) -> None:
    footprint.lock(name, AX if full else SUX)
    if full:
        footprint.rewrite([name])


def cluster(footprint: Footprint, node: tree.ClusterStmt, _: Raw | bytes) -> None:
    """CLUSTER."""
    if node.relation is None:
        footprint.nothing_known()
        return
    relation = footprint.named(node.relation, AX)
    name = footprint.catalog.name_of(node.relation)
    if relation is not None and relation.kind is RelationKind.PARTITIONED:
        if footprint.version < 15:
            footprint.refuse("CLUSTER of a partitioned table needs PostgreSQL 15")
        footprint.transaction_block = False
        footprint.lock_all(footprint.family(name), AX)
        footprint.rewrite(footprint.family(name))
        return
    if not node.indexname:
        footprint.unsure()  # whether it was clustered before
    footprint.rewrite([name])


def refresh(footprint: Footprint, node: tree.RefreshMatViewStmt, _: Raw | bytes) -> None:
    """REFRESH MATERIALIZED VIEW: its query is run, and the view's indexes are built or compared."""
    relation = footprint.named(node.relation, LockMode.EXCLUSIVE if node.concurrent else AX)
    name = footprint.catalog.name_of(node.relation)
    if not node.concurrent:
        footprint.rewrites.add(name)
    if node.skip_data:
        if node.concurrent:
            footprint.refuse("CONCURRENTLY and WITH NO DATA exclude each other")
        return
    if relation is None:
        footprint.unsure_of_scans()
        return
    whole = [
        index for index in relation.indexes.values() if index.unique and not index.partial and not index.expressions
    ]
    if node.concurrent and not whole:
        footprint.refuse(f"{written(name)} has no unique index on columns alone, without WHERE: CONCURRENTLY needs one")
    if node.concurrent or relation.indexes:
        footprint.scan([name])
    read_view(footprint, relation, LockMode.ACCESS_SHARE, runs=True)


def owned(footprint: Footprint, _: Any, __: Raw | bytes) -> None:
    """DROP OWNED, REASSIGN OWNED: whose anything is, no text tells."""
    footprint.nothing_known()


FOLLOW: Final[dict[str, Any]] = {
    "TruncateStmt": truncate, "LockStmt": lock, "VacuumStmt": vacuum, "ClusterStmt": cluster,
    "RefreshMatViewStmt": refresh, "DropOwnedStmt": owned, "ReassignOwnedStmt": owned,
}  # fmt: skip
