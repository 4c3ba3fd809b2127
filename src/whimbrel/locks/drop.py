"""What does DROP lock: what is named, and what falls with it?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from whimbrel.locks import index
from whimbrel.locks.fall import AX, Fall, expressions
from whimbrel.pg_types.lock_mode import LockMode
from whimbrel.schema.catalog import RelationKind, written
from whimbrel.schema.types import extension_of
from whimbrel.sql.built_in import is_built_in
from whimbrel.sql.expression import functions

if TYPE_CHECKING:
    from collections.abc import Callable

    from msgspec import Raw

    from whimbrel.locks.footprint import Footprint
    from whimbrel.schema.catalog import Name, Relation
    from whimbrel.sql import tree

_OWN_METHODS: Final = frozenset({"btree", "hash", "brin"})
"""Index methods whose operator classes for usual types are the server's own."""
_OWN_COLLATIONS: Final = frozenset({"", "default", "C", "POSIX", "ucs_basic", "unicode", "pg_c_utf8"})
_BASES_OF_OTHERS: Final = frozenset(
    {
        "OBJECT_ACCESS_METHOD", "OBJECT_CONVERSION", "OBJECT_FDW", "OBJECT_FOREIGN_SERVER", "OBJECT_LANGUAGE",
        "OBJECT_OPCLASS", "OBJECT_OPERATOR", "OBJECT_OPFAMILY", "OBJECT_TSCONFIGURATION", "OBJECT_TSDICTIONARY",
        "OBJECT_TSPARSER", "OBJECT_TSTEMPLATE",
    }
)  # fmt: skip
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
        if cascade and any(_is_made_of_others(footprint, relation) for relation in catalog.relations.values()):
            footprint.unsure()


def _extensions(footprint: Footprint, node: tree.DropStmt, _: Raw | bytes) -> None:
    catalog = footprint.catalog
    for one in node.objects:
        extension = one.name[-1]
        if extension not in catalog.extensions:
            footprint.unsure()
            continue
        fall = Fall(footprint, node.behavior == "DROP_CASCADE")
        if fall.cascade and any(_may_need_extension(footprint, relation) for relation in catalog.relations.values()):
            footprint.unsure()
        for relation in list(catalog.relations.values()):
            for column in relation.columns.values():
                if extension_of(column.type) == extension:
                    fall.blocks(f"column {column.name} of {written(relation.name)} is of a type of {extension}")
                    footprint.lock(relation.name, AX)
                    fall.column(relation, column.name)


def _may_need_extension(footprint: Footprint, relation: Relation) -> bool:
    """Say whether an index or an expression may be made of an extension's operators or functions."""
    own = all(index.method in _OWN_METHODS and not any(index.opclasses) for index in relation.indexes.values())
    return not own or _calls_others(footprint, relation)


def _is_made_of_others(footprint: Footprint, relation: Relation) -> bool:
    """Say whether functions or collations are used of which nobody knows where they are."""
    sorted_by = {column.collation for column in relation.columns.values()}
    return bool(sorted_by - _OWN_COLLATIONS) or _calls_others(footprint, relation)


def _calls_others(footprint: Footprint, relation: Relation) -> bool:
    """Say whether a function is called that is neither the server's own nor known."""
    called = [
        *((one,) for one in relation.calls),
        *(parts for _, expression in expressions(relation) for parts in functions(expression)),
        *((one,) for used in relation.policy_uses.values() for one in used.functions),
    ]
    return any(not is_built_in(parts) and footprint.catalog.function(parts) is None for parts in called)


def _collations(footprint: Footprint, node: tree.DropStmt, _: Raw | bytes) -> None:
    for one in node.objects:
        Fall(footprint, node.behavior == "DROP_CASCADE").collation(one.name[-1])


def _others(footprint: Footprint, node: tree.DropStmt, _: Raw | bytes) -> None:
    """Operators, servers, languages and their like: what is made of them is not followed."""
    if node.behavior == "DROP_CASCADE":
        footprint.unsure()


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
        relations = footprint.catalog.relations.values()
        if node.behavior == "DROP_CASCADE" and any(_calls_others(footprint, relation) for relation in relations):
            footprint.unsure()  # an aggregate may be made of it


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
        if found is not None and found.complete and found.holds_rows and found.partition_of is None:
            known = {"OBJECT_TRIGGER": found.triggers, "OBJECT_POLICY": found.policies, "OBJECT_RULE": found.rules}
            if parts[-1] not in known[node.remove_type]:
                footprint.refuse(f"{written(name)} has no {node.remove_type[7:].lower()} {parts[-1]}")
        if (
            node.remove_type == "OBJECT_TRIGGER"
            and found is not None
            and found.kind is RelationKind.PARTITIONED
            and parts[-1] not in found.statement_triggers
        ):
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
    "OBJECT_COLLATION": _collations,
    **dict.fromkeys(_BASES_OF_OTHERS, _others),
}
FOLLOW: Final = {"DropStmt": drop}
