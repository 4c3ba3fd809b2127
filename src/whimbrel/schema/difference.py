"""What is in one schema and not in another, as far as both are known?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from whimbrel.schema.catalog import PUBLIC, TEMPORARY, ConstraintKind, RelationKind, written

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from whimbrel.schema.catalog import Catalog, Column, Constraint, Function, Index, Name, Relation, UserType


@dataclass(frozen=True, slots=True)
class Part:
    """An object of a schema: its kind in PostgreSQL's words, its name, and the table that it belongs to."""

    kind: str
    name: Name
    table: Name | None = None

    def __str__(self) -> str:
        of = f" of {written(self.table)}" if self.table is not None else ""
        return f"{self.kind} {self.name[1] if self.table is not None else written(self.name)}{of}"


def missing(old: Catalog, new: Catalog) -> list[Part]:
    """Return what `old` has and `new` has not, by kind.

    What falls with its table, its column or its constraint is not named beside it.
    """
    return [
        *(Part("schema", (PUBLIC, name)) for name in old.schemas if name not in new.schemas),
        *_relations(old, new),
        *(
            Part("type", name)
            for name in old.types
            if name not in new.types and name not in old.relations and name[0] in new.schemas
        ),
        *(Part("function", name) for name in old.functions if name not in new.functions and name[0] in new.schemas),
    ]


def born(catalog: Catalog, part: Part) -> int | None:
    """Return the file that made an object, for a trigger its table; None where the schema has none of that name."""
    kind, name = part.kind, part.name
    if kind == "schema":
        return catalog.schemas.get(name[1])
    if part.table is None:
        among: dict[Name, Relation] | dict[Name, UserType] | dict[Name, Function] = catalog.relations
        if kind in ("type", "function"):
            among = catalog.types if kind == "type" else catalog.functions
        found = among.get(name)
        return None if found is None else found.born
    table = catalog.relations.get(part.table)
    if table is None:
        return None
    if kind == "trigger":
        return table.born if name[1] in table.triggers else None
    parts: dict[str, Column] | dict[str, Constraint] | dict[str, Index] = table.columns
    if kind in ("constraint", "index"):
        parts = table.constraints if kind == "constraint" else table.indexes
    one = parts.get(name[1])
    return None if one is None else one.born


def _relations(old: Catalog, new: Catalog) -> Iterator[Part]:
    now = new.relations.get
    for name, relation in [(name, relation) for name, relation in old.relations.items() if now(name) is not relation]:
        other = now(name)
        if name[0] == TEMPORARY:
            continue
        if other is None:
            if relation.owned_by is None and not _falls_with_another(relation, old, new):
                yield Part(relation.kind.value, name)
        else:
            yield from _parts(relation, other)


def _falls_with_another(relation: Relation, old: Catalog, new: Catalog) -> bool:
    above = relation.partition_of
    gone_above = above is not None and above in old.relations and above not in new.relations
    return gone_above or (relation.name[0] in old.schemas and relation.name[0] not in new.schemas)


def _parts(relation: Relation, other: Relation) -> Iterator[Part]:
    name = relation.name
    schema = name[0]
    if relation.partition_of is not None:
        return
    gone: set[str | None] = set()
    if other.complete or relation.kind is not RelationKind.TABLE:
        gone = {column for column in relation.columns if column not in other.columns}
    for column in relation.columns:
        if column in gone:
            yield Part("column", (schema, column), name)
    for constraint in relation.constraints.values():
        if constraint.generated_name or constraint.kind is ConstraintKind.NOT_NULL:
            continue
        if constraint.name not in other.constraints and gone.isdisjoint(constraint.columns):
            yield Part("constraint", (schema, constraint.name), name)
    for index in relation.indexes.values():
        if not index.constraint and index.name not in other.indexes and gone.isdisjoint(index.columns):
            yield Part("index", (schema, index.name), name)
    for trigger in relation.triggers:
        if trigger not in other.triggers:
            yield Part("trigger", (schema, trigger), name)


def listed(parts: Sequence[Part], most: int = 3) -> str:
    """Return the first parts as words, with how many more there are."""
    words = [str(part) for part in parts[:most]]
    if len(parts) > most:
        words.append(f"{len(parts) - most} more")
    return ", ".join(words[:-1]) + " and " + words[-1] if len(words) > 1 else words[0]
