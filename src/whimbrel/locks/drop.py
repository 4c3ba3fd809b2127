"""What does DROP lock: what is named, and what falls with it?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from whimbrel.locks import index
from whimbrel.locks.fall import AX, Fall
from whimbrel.pg_types.lock_mode import LockMode
from whimbrel.schema.catalog import RelationKind, written
from whimbrel.schema.types import extension_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from msgspec import Raw

    from whimbrel.locks.footprint import Footprint
    from whimbrel.schema.catalog import Name
    from whimbrel.sql import tree

_BUILT_ON_TABLES: Final = frozenset({"OBJECT_TRIGGER", "OBJECT_POLICY", "OBJECT_RULE"})


def drop(footprint: Footprint, node: tree.DropStmt, raw: Raw | bytes) -> None:
    """Follow DROP."""
    follow = _KINDS.get(node.remove_type)
    if follow is not None:
        follow(footprint, node, raw)


def _relations(footprint: Footprint, node: tree.DropStmt, _: Raw | bytes) -> None:
    names = []
    for one in node.objects:
        parts = one.name
        name = footprint.catalog.resolve(parts[-2] if len(parts) > 1 else "", parts[-1])
        if not (node.missing_ok and footprint.absent(name)):
            names.append(name)
    fall = Fall(footprint, node.behavior == "DROP_CASCADE", set(names))
    for name in names:
        relation = footprint.catalog.relations.get(name)
        if relation is not None and relation.kind not in _MEANT[node.remove_type]:
            footprint.refuse(f"{written(name)} is a {relation.kind}")
        fall.relation(name)


_MEANT: Final = {
    "OBJECT_TABLE": (RelationKind.TABLE, RelationKind.PARTITIONED),
    "OBJECT_VIEW": (RelationKind.VIEW,),
    "OBJECT_MATVIEW": (RelationKind.MATERIALIZED,),
    "OBJECT_SEQUENCE": (RelationKind.SEQUENCE,),
    "OBJECT_FOREIGN_TABLE": (RelationKind.FOREIGN,),
}


def _types(footprint: Footprint, node: tree.DropStmt, _: Raw | bytes) -> None:
    for one in node.objects:
        found = footprint.catalog.user_type(one.name)
        if found is None:
            if node.missing_ok:
                footprint.unsure()
            else:
                footprint.unsure_of_locks()
            continue
        fall = Fall(footprint, node.behavior == "DROP_CASCADE", {found.name})
        if found.name in footprint.catalog.relations:
            footprint.lock(found.name, AX)
        fall.columns_of_type(found.name)


def _schemas(footprint: Footprint, node: tree.DropStmt, _: Raw | bytes) -> None:
    catalog = footprint.catalog
    cascade = node.behavior == "DROP_CASCADE"
    for one in node.objects:
        schema = one.name[-1]
        if schema not in catalog.schemas:
            footprint.unsure()
        inside: list[Name] = [name for name in catalog.relations if name[0] == schema]
        others = [name for name in (*catalog.types, *catalog.functions) if name[0] == schema]
        if not cascade and (inside or others):
            footprint.refuse(f"{written((inside or others)[0])} is in schema {schema}: only CASCADE drops both")
        fall = Fall(footprint, cascade, set(inside))
        for name in inside:
            fall.relation(name)
        for name in [name for name in catalog.types if name[0] == schema]:
            fall.columns_of_type(name)
        for name in [name for name in catalog.functions if name[0] == schema]:
            fall.function(name)


def _extensions(footprint: Footprint, node: tree.DropStmt, _: Raw | bytes) -> None:
    catalog = footprint.catalog
    for one in node.objects:
        extension = one.name[-1]
        if extension not in catalog.extensions:
            footprint.unsure()
            continue
        fall = Fall(footprint, node.behavior == "DROP_CASCADE")
        for relation in list(catalog.relations.values()):
            for column in relation.columns.values():
                if extension_of(column.type) == extension:
                    fall.blocks(f"column {column.name} of {written(relation.name)} is of a type of {extension}")
                    footprint.lock(relation.name, AX)
                    fall.column(relation, column.name)


def _functions(footprint: Footprint, node: tree.DropStmt, _: Raw | bytes) -> None:
    for one in node.objects:
        found = footprint.catalog.function(one.name)
        if found is None:
            footprint.unsure()
            continue
        if len(found.signatures) > 1:
            footprint.unsure()  # which of them is called where is not told
            continue
        Fall(footprint, node.behavior == "DROP_CASCADE").function(found.name)


def _of_tables(footprint: Footprint, node: tree.DropStmt, _: Raw | bytes) -> None:
    """DROP TRIGGER, POLICY, RULE."""
    catalog = footprint.catalog
    for one in node.objects:
        parts = one.name
        if len(parts) < 2:
            continue
        name = catalog.resolve(parts[-3] if len(parts) > 2 else "", parts[-2])
        if node.missing_ok and footprint.absent(name):
            continue
        relation = catalog.relations.get(name)
        if node.missing_ok and relation is not None:
            inside = {
                "OBJECT_TRIGGER": relation.triggers, "OBJECT_POLICY": relation.policies, "OBJECT_RULE": relation.rules,
            }  # fmt: skip
            if parts[-1] not in inside[node.remove_type]:
                footprint.unsure()
                continue
        footprint.lock(name, AX)
        found = footprint.find(name)
        if node.remove_type == "OBJECT_TRIGGER" and found is not None and found.kind is RelationKind.PARTITIONED:
            footprint.lock_all(footprint.family(name), AX)


def _statistics(footprint: Footprint, node: tree.DropStmt, _: Raw | bytes) -> None:
    for one in node.objects:
        name = one.name[-1]
        tables = [table for table, relation in footprint.catalog.relations.items() if name in relation.statistics]
        footprint.lock_all(tables, LockMode.SHARE_UPDATE_EXCLUSIVE)
        if not tables and node.missing_ok:
            footprint.unsure()
        elif not tables:
            footprint.unsure_of_locks()


_KINDS: Final[dict[str, Callable[[Footprint, tree.DropStmt, Raw | bytes], None]]] = {
    **dict.fromkeys(
        ("OBJECT_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW", "OBJECT_SEQUENCE", "OBJECT_FOREIGN_TABLE"), _relations
    ),
    "OBJECT_INDEX": index.drop,
    "OBJECT_TYPE": _types,
    "OBJECT_DOMAIN": _types,
    "OBJECT_SCHEMA": _schemas,
    "OBJECT_EXTENSION": _extensions,
    **dict.fromkeys(("OBJECT_FUNCTION", "OBJECT_PROCEDURE", "OBJECT_ROUTINE", "OBJECT_AGGREGATE"), _functions),
    **dict.fromkeys(_BUILT_ON_TABLES, _of_tables),
    "OBJECT_STATISTIC_EXT": _statistics,
}
FOLLOW: Final = {"DropStmt": drop}
