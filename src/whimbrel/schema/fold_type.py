"""How do statements about types and domains change the schema?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from whimbrel.schema import fold_table
from whimbrel.schema.catalog import Catalog, Relation, RelationKind, TypeKind, UserType
from whimbrel.schema.fold_routine import add_overload, texts
from whimbrel.schema.generated_names import choose
from whimbrel.schema.types import type_of
from whimbrel.sql.expression import decoded
from whimbrel.sql.expression import names as names_in
from whimbrel.sql.tree import names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from whimbrel.schema.catalog import Name
    from whimbrel.sql import tree


def _full(catalog: Catalog, parts: tuple[str, ...]) -> Name:
    if len(parts) > 1:
        return parts[-2], parts[-1]
    return catalog.search_path[0] if catalog.search_path else "public", parts[-1]


def create_enum(catalog: Catalog, node: tree.CreateEnumStmt) -> None:
    """Fold CREATE TYPE … AS ENUM."""
    name = _full(catalog, names(node.type_name))
    catalog.types[name] = UserType(name, TypeKind.ENUM, labels=names(node.vals), born=catalog.file)


def alter_enum(catalog: Catalog, node: tree.AlterEnumStmt, transaction: int | None) -> None:
    """Fold ALTER TYPE … ADD VALUE and RENAME VALUE."""
    found = catalog.user_type(names(node.type_name))
    if found is None:
        return
    labels = list(found.labels)
    if node.old_val:
        labels = [node.new_val if label == node.old_val else label for label in labels]
    elif node.new_val not in labels:
        place = len(labels)
        if node.new_val_neighbor in labels:
            place = labels.index(node.new_val_neighbor) + node.new_val_is_after
        labels.insert(place, node.new_val)
    born = found.value_born
    if not node.old_val and transaction is not None:
        born = (*born, (node.new_val, transaction))
    catalog.types[found.name] = replace(found, labels=tuple(labels), value_born=born)


def create_composite(catalog: Catalog, node: tree.CompositeTypeStmt) -> None:
    """Fold CREATE TYPE … AS (…)."""
    name = catalog.name_of(node.typevar)
    relation = Relation(name, RelationKind.COMPOSITE)
    catalog.add(relation)
    for element in node.coldeflist:
        if element.column is not None:
            fold_table.add_column(catalog, relation, element.column)
    catalog.types[name] = UserType(name, TypeKind.COMPOSITE, born=catalog.file)


def create_domain(catalog: Catalog, node: tree.CreateDomainStmt) -> None:
    """Fold CREATE DOMAIN."""
    name = _full(catalog, names(node.domainname))
    checks: list[str] = []
    not_null = has_default = False
    for one in node.constraints:
        constraint = one.constraint
        if constraint is None:
            continue
        if constraint.contype == "CONSTR_CHECK":
            checks.append(constraint.conname or choose(name[1], "", "check", _Taken(catalog, name[0], checks)))
        not_null = not_null or constraint.contype == "CONSTR_NOTNULL"
        has_default = has_default or constraint.contype == "CONSTR_DEFAULT"
    base = type_of(node.type_name, catalog) if node.type_name is not None else None
    catalog.types[name] = UserType(
        name, TypeKind.DOMAIN, base=base, constraints=tuple(checks), not_null=not_null, has_default=has_default,
        born=catalog.file,
    )  # fmt: skip


class _Taken:
    """The names that a domain's new constraint cannot have: those of constraints in its schema."""

    def __init__(self, catalog: Catalog, schema: str, own: Sequence[str]) -> None:
        self._catalog, self._schema, self._own = catalog, schema, own

    def __contains__(self, name: object) -> bool:
        return name in self._own or any(
            name in one.constraints
            for made in (self._catalog.types, self._catalog.relations)
            for one in made.values()
            if one.name[0] == self._schema
        )


def alter_domain(catalog: Catalog, node: tree.AlterDomainStmt) -> None:
    """Fold ALTER DOMAIN."""
    found = catalog.user_type(names(node.type_name))
    if found is None:
        return
    constraint = node.definition.constraint if node.definition is not None else None
    if node.subtype == "C" and constraint is not None:
        if constraint.contype == "CONSTR_NOTNULL":
            found = replace(found, not_null=True)
        else:
            name = constraint.conname or choose(found.name[1], "", "check", _Taken(catalog, found.name[0], ()))
            found = replace(found, constraints=(*found.constraints, name))
    elif node.subtype == "X":
        found = replace(found, constraints=tuple(one for one in found.constraints if one != node.name))
    elif node.subtype in ("O", "N"):
        found = replace(found, not_null=node.subtype == "O")
    elif node.subtype == "T":
        found = replace(found, has_default=node.definition is not None)
    catalog.types[found.name] = found


def define(catalog: Catalog, node: tree.DefineStmt) -> None:
    """Fold CREATE TYPE of a base type, CREATE AGGREGATE and CREATE COLLATION."""
    parts, kind = names(node.defnames), node.kind
    if parts and kind == "OBJECT_COLLATION":
        if texts(node.definition).get("deterministic", "").lower() in ("false", "off"):
            catalog.nondeterministic |= {parts[-1]}
    elif parts and kind == "OBJECT_TYPE":
        name = _full(catalog, parts)
        catalog.types[name] = UserType(name, TypeKind.OTHER, born=catalog.file)
    elif parts and kind == "OBJECT_AGGREGATE":
        add_overload(catalog, parts, _aggregated(node))


def _aggregated(node: tree.DefineStmt) -> tuple[str, ...]:
    """Return the types that an aggregate takes."""
    if node.oldstyle:
        types = [decoded(one.option.arg) for one in node.definition if one.option and one.option.defname == "basetype"]
        found = [one["TypeName"] for one in types if "TypeName" in one]
    else:
        items = (decoded(node.args[0]) if node.args else {}).get("List", {}).get("items", [])
        found = [one["FunctionParameter"]["argType"] for one in items if "FunctionParameter" in one]
    return tuple(names_in(one["names"])[-1] + "[]" * bool(one.get("arrayBounds")) for one in found)


def create_range(catalog: Catalog, node: tree.CreateRangeStmt) -> None:
    """Fold CREATE TYPE … AS RANGE."""
    name = _full(catalog, names(node.type_name))
    catalog.types[name] = UserType(name, TypeKind.OTHER, born=catalog.file)
