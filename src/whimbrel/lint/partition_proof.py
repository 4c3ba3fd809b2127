"""Does a CHECK spare a table the scan when it becomes a partition, or a default partition when another comes?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.schema.catalog import ConstraintKind
from whimbrel.sql.expression import columns, decoded, functions, holds, nodes

if TYPE_CHECKING:
    from msgspec import Raw

    from whimbrel.schema.catalog import Catalog, Constraint, Name, Relation
    from whimbrel.sql.tree import PartitionBound

_HASH = "satisfies_hash_partition"
_CONSTANTS = ("sval", "ival", "fval", "boolval", "bsval")


def default_partition(catalog: Catalog, parent: Name) -> Relation | None:
    """Return the default partition of a table, None where it has none that is known."""
    for child in catalog.partitions.get(parent, ()):
        relation = catalog.relations.get(child)
        if relation is not None and relation.default_partition and relation.partition_of == parent:
            return relation
    return None


def proves_bound(relation: Relation, bound: PartitionBound) -> bool:
    """Say whether a valid CHECK speaks of the bound's values, and of no column that may be null.

    Whether it implies the bound is not computed: who names all its values in a CHECK does it for this.
    """
    return any(_proves(relation, constraint, bound) for constraint in relation.constraints.values())


def _proves(relation: Relation, constraint: Constraint, bound: PartitionBound) -> bool:
    if constraint.kind is not ConstraintKind.CHECK or not (constraint.validated and constraint.enforced):
        return False
    if bound.strategy == "h" and _HASH not in {name[-1] for name in functions(constraint.expression)}:
        return False
    wanted = {value for raw in (*bound.listdatums, *bound.lowerdatums, *bound.upperdatums) for value in _values(raw)}
    if not wanted <= _values(constraint.expression):
        return False
    not_null = _proved_not_null(constraint.expression)
    for other in relation.constraints.values():
        if other.kind is ConstraintKind.CHECK and other.validated and other.enforced:
            not_null |= _proved_not_null(other.expression)
    return all(
        name in not_null or (name in relation.columns and relation.columns[name].not_null)
        for name in columns(constraint.expression)
    )


def _values(raw: Raw | bytes) -> set[str]:
    found = set()
    for kind, node in nodes(decoded(raw)):
        if kind == "A_Const" and not node.get("isnull"):
            value: dict[str, object] = next((node[key] for key in _CONSTANTS if key in node), {})
            found.add(str(next(iter(value.values()), 0)))
    return found


def _proved_not_null(raw: Raw | bytes) -> set[str]:
    if not holds(raw, "NullTest"):
        return set()
    return {
        name
        for kind, node in nodes(decoded(raw))
        if kind == "NullTest" and node.get("nulltesttype") == "IS_NOT_NULL"
        for name in _named(node)
    }


def _named(test: dict[str, object]) -> set[str]:
    return {
        part["String"].get("sval", "")
        for kind, node in nodes(test)
        if kind == "ColumnRef"
        for part in node.get("fields", [])[-1:]
        if "String" in part
    }
