"""What falls with an object that is dropped, and what keeps it from being dropped without CASCADE?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from whimbrel.pg_types.lock_mode import LockMode
from whimbrel.schema.catalog import ConstraintKind, RelationKind, written
from whimbrel.schema.view_reads import reads_column
from whimbrel.sql.expression import columns, decoded, functions, nodes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from msgspec import Raw

    from whimbrel.locks.footprint import Footprint
    from whimbrel.schema.catalog import Catalog, Column, Constraint, Name, Relation, Uses

AX = LockMode.ACCESS_EXCLUSIVE


@dataclass(slots=True)
class Fall:
    """Follows a DROP: each relation that falls or loses a part is locked, as the server does before it removes it."""

    footprint: Footprint
    cascade: bool
    gone: set[Name] = field(default_factory=set)
    """Relations that are named by the statement or fell already."""

    def relation(self, name: Name) -> None:
        """Let a relation fall that the statement names."""
        self.gone.add(name)
        self._relation(name)

    def _relation(self, name: Name) -> None:
        footprint, catalog = self.footprint, self.footprint.catalog
        footprint.lock(name, AX)
        relation = footprint.find(name)
        if relation is None:
            return
        if relation.partition_of is not None and relation.partition_of not in self.gone:
            footprint.lock(relation.partition_of, AX)
            footprint.lock_all(default_of(catalog, relation.partition_of), AX)
            for other, constraint in catalog.reaching(relation.partition_of):
                self.foreign_key(other, constraint, name)
        for child in catalog.partitions.get(name, ()):
            if self._falls(child, name, automatic=relation.kind is RelationKind.PARTITIONED):
                self._relation(child)
        for constraint in relation.constraints.values():
            if not is_inherited(catalog, relation, constraint):
                footprint.lock_all(self._referenced(constraint), AX)
        for other, constraint in catalog.referencing(name):
            self.foreign_key(other, constraint, name)
        for view in catalog.readers(name):
            if self._falls(view.name, name):
                self._relation(view.name)
        for other, what, _ in _speaking(catalog, name):
            self._loses(other, what, name)
        for sequence, owned in owned_sequences(catalog, name):
            self._falls(sequence, name, automatic=True)
            footprint.lock(sequence, AX)
            self._defaults(sequence, owned)
        if relation.kind is RelationKind.SEQUENCE:
            self._defaults(name, relation.owned_by)
        if relation.kind in (RelationKind.COMPOSITE, RelationKind.TABLE, RelationKind.PARTITIONED):
            self.columns_of_type(name)

    def _referenced(self, constraint: Constraint) -> list[Name]:
        """Before 15 no trigger of a foreign key stands on a partitioned table itself, so only its partitions are."""
        targets = referenced(self.footprint.catalog, constraint)
        if len(targets) < 2 or self.footprint.version >= 15:
            return targets
        return [one for one in targets if self.footprint.stored(one)]

    def _falls(self, name: Name, because_of: Name, *, automatic: bool = False) -> bool:
        """Say whether a relation falls for the first time; without CASCADE it keeps its base from falling."""
        if name in self.gone:
            return False
        self.gone.add(name)
        if not automatic:
            self.blocks(f"{written(name)} depends on {written(because_of)}")
        return True

    def blocks(self, why: str) -> None:
        """Refuse for want of CASCADE."""
        if not self.cascade:
            self.footprint.refuse(f"{why}: only CASCADE drops both")

    def foreign_key(self, relation: Relation, constraint: Constraint, target: Name) -> None:
        """Let a foreign key fall with what it refers to."""
        if relation.name not in self.gone:
            if is_inherited(self.footprint.catalog, relation, constraint):
                return
            self.blocks(f"foreign key {constraint.name} of {written(relation.name)} depends on {written(target)}")
        names = self.footprint.family(relation.name, recurse=relation.kind is RelationKind.PARTITIONED)
        self.footprint.lock_all([*names, *self._referenced(constraint)], AX)

    def _defaults(self, sequence: Name, owned: tuple[Name, str] | None) -> None:
        for relation in self.footprint.catalog.relations.values():
            for column in relation.columns.values():
                if column.default and sequence in default_sequences(self.footprint.catalog, column):
                    self._loses(relation, f"the default of {written(relation.name)}.{column.name}", sequence)
        if owned is None or owned[0] in self.gone:
            return
        table = self.footprint.catalog.relations.get(owned[0])
        column_owned = table.columns.get(owned[1]) if table is not None else None
        if table is None or column_owned is None:
            return
        if column_owned.identity:
            self.footprint.refuse(f"column {owned[1]} of {written(owned[0])} requires sequence {written(sequence)}")
        elif column_owned.has_default and not column_owned.default:
            self._loses(table, f"the default of {written(owned[0])}.{owned[1]}", sequence)

    def _loses(self, relation: Relation, part: str, base: Name) -> None:
        if relation.name in self.gone:
            return
        self.blocks(f"{part} depends on {written(base)}")
        self.footprint.lock(relation.name, AX)

    def column(self, relation: Relation, column: str) -> None:
        """Let a column fall, with what holds it in this relation."""
        footprint, catalog = self.footprint, self.footprint.catalog
        for constraint in relation.constraints.values():
            if column not in constraint.columns:
                continue
            if constraint.kind is ConstraintKind.FOREIGN:
                footprint.lock_all(self._referenced(constraint), AX)
            elif constraint.kind in (ConstraintKind.PRIMARY, ConstraintKind.UNIQUE):
                for other, foreign in referencing(catalog, relation, constraint):
                    if other.name != relation.name:
                        self.foreign_key(other, foreign, relation.name)
        for view in catalog.readers(relation.name):
            if reads_column(view, relation, column) is not None and self._falls(view.name, relation.name):
                self._relation(view.name)
        for sequence, owned in owned_sequences(catalog, relation.name):
            if owned is not None and owned[1] == column:
                footprint.lock(sequence, AX)
        for other_column in relation.columns.values() if footprint.version >= 15 else ():  # before, they go along
            if other_column.generated and other_column.name != column and column in columns(other_column.default):
                self.blocks(f"generated column {other_column.name} depends on {column}")
        if relation.policies:
            self._policies(relation, column)
        for other, what, used in _speaking(catalog, relation.name):
            if column in used.columns and other.name != relation.name:
                self._loses(other, what, relation.name)

    def _policies(self, relation: Relation, column: str) -> None:
        for policy, used in relation.policy_uses.items():
            if column in used.columns:
                self.blocks(f"policy {policy} of {written(relation.name)} depends on column {column}")

    def constraint(self, relation: Relation, constraint: Constraint) -> None:
        """Let a constraint fall."""
        footprint, catalog = self.footprint, self.footprint.catalog
        if constraint.kind is ConstraintKind.FOREIGN:
            footprint.lock_all([*referenced(catalog, constraint)[:1], *self._referenced(constraint)], AX)
        elif constraint.kind in (ConstraintKind.PRIMARY, ConstraintKind.UNIQUE):
            for other, foreign in referencing(catalog, relation, constraint):
                if other.name != relation.name:
                    self.foreign_key(other, foreign, relation.name)

    def columns_of_type(self, type_: Name) -> None:
        """Let each column of a type fall, and tables and types made of it."""
        catalog = self.footprint.catalog
        for relation in list(catalog.relations.values()):
            if relation.of_type == type_ and self._falls(relation.name, type_):
                self._relation(relation.name)
            for column in relation.columns.values():
                if (column.type.schema, column.type.name) == type_ and relation.name not in self.gone:
                    self.blocks(f"column {column.name} of {written(relation.name)} depends on type {written(type_)}")
                    self.footprint.lock(relation.name, AX)
                    self.column(relation, column.name)
        for user in catalog.types.values():
            if user.base is not None and (user.base.schema, user.base.name) == type_:
                self.blocks(f"type {written(user.name)} depends on type {written(type_)}")
                self.columns_of_type(user.name)

    def function(self, name: Name) -> None:
        """Let a function fall with its triggers and what calls it."""
        catalog = self.footprint.catalog
        for relation in list(catalog.relations.values()):
            for trigger, parts in relation.triggers.items():
                found = catalog.function(parts) if parts != ("",) else None
                if found is not None and found.name == name:
                    self.blocks(f"trigger {trigger} of {written(relation.name)} depends on {written(name)}")
                    partitions = relation.kind is RelationKind.PARTITIONED
                    self.footprint.lock_all(self.footprint.family(relation.name, recurse=partitions), AX)
            for what, expression in expressions(relation):
                if any(found and found[-1] == name[1] for found in functions(expression)):
                    self._loses(relation, what, name)
            for what, used in _parts(relation):
                if name[1] in used.functions:
                    self._loses(relation, what, name)
            if name[1] in relation.calls and self._falls(relation.name, name):
                self._relation(relation.name)

    def collation(self, name: str) -> None:
        """Let a collation fall with the columns that are sorted by it."""
        for relation in list(self.footprint.catalog.relations.values()):
            for column in relation.columns.values():
                if column.collation == name and relation.name not in self.gone:
                    self.blocks(f"column {column.name} of {written(relation.name)} is sorted by collation {name}")
                    self.footprint.lock(relation.name, AX)
                    self.column(relation, column.name)


def _parts(relation: Relation) -> Iterator[tuple[str, Uses]]:
    for policy, used in relation.policy_uses.items():
        yield f"policy {policy} of {written(relation.name)}", used
    for rule, used in relation.rule_uses.items():
        yield f"rule {rule} of {written(relation.name)}", used


def _speaking(catalog: Catalog, name: Name) -> Iterator[tuple[Relation, str, Uses]]:
    """Yield the policies and rules that speak of a relation."""
    for relation in list(catalog.relations.values()):
        if relation.policy_uses or relation.rule_uses:
            for what, used in _parts(relation):
                if name in used.relations:
                    yield relation, what, used


def expressions(relation: Relation) -> Iterator[tuple[str, bytes]]:
    """Yield the expressions of a table's defaults, constraints and indexes, each with what it is."""
    for column in relation.columns.values():
        if column.default:
            yield f"the default of {written(relation.name)}.{column.name}", column.default
    for constraint in relation.constraints.values():
        if constraint.expression:
            yield f"constraint {constraint.name} of {written(relation.name)}", constraint.expression
    for index in relation.indexes.values():
        for expression in (*index.expressions, index.predicate):
            if expression:
                yield f"index {index.name}", expression


def default_of(catalog: Catalog, parent: Name) -> Iterable[Name]:
    """Return a partitioned table's DEFAULT partition, if it has one."""
    for child in catalog.partitions.get(parent, ()):
        relation = catalog.relations.get(child)
        if relation is not None and relation.default_partition:
            yield child


def referenced(catalog: Catalog, constraint: Constraint) -> list[Name]:
    """Return the table that a foreign key refers to, with its partitions; nothing for other constraints."""
    target = constraint.references
    if target is None:
        return []
    relation = catalog.relations.get(target)
    partitioned = relation is not None and relation.kind is RelationKind.PARTITIONED
    return [target, *(catalog.children(target) if partitioned else ())]


def referencing(catalog: Catalog, relation: Relation, key: Constraint) -> Iterator[tuple[Relation, Constraint]]:
    """Yield the foreign keys that stand on a primary key or unique constraint."""
    for other, foreign in catalog.referencing(relation.name):
        columns_used = foreign.referenced_columns
        if set(columns_used) == set(key.columns) or (not columns_used and key.kind is ConstraintKind.PRIMARY):
            yield other, foreign


def is_inherited(catalog: Catalog, relation: Relation, constraint: Constraint) -> bool:
    """Say whether a relation has a constraint from the partitioned table or parent above it."""
    parents = (relation.partition_of,) if relation.partition_of is not None else relation.inherits
    for parent in parents:
        above = catalog.relations.get(parent)
        own = above.constraints.get(constraint.name) if above is not None else None
        if own is not None and own.kind is constraint.kind and not own.no_inherit:
            return True
    return False


def owned_sequences(catalog: Catalog, table: Name) -> list[tuple[Name, tuple[Name, str] | None]]:
    """Return the sequences that belong to a table's columns."""
    return [
        (name, relation.owned_by)
        for name, relation in catalog.relations.items()
        if relation.owned_by is not None and relation.owned_by[0] == table
    ]


def default_sequences(catalog: Catalog, column: Column) -> list[Name]:
    """Return the sequences that a column's default asks for values, where they stand in it as a text."""
    if b"nextval" not in column.default:
        return []
    return [
        named_sequence(catalog, node)
        for kind, node in nodes(decoded(column.default))
        if kind == "FuncCall" and named_sequence(catalog, node) != ("", "")
    ]


def lock_sequences_of_defaults(footprint: Footprint, raw: Raw | bytes) -> None:
    """Since 18 what a stored expression depends on is locked when that is written down."""
    if b'"nextval"' in bytes(raw):
        for kind, node in nodes(decoded(raw)):
            if kind == "FuncCall" and (sequence := named_sequence(footprint.catalog, node)) != ("", ""):
                footprint.lock(sequence, LockMode.ACCESS_SHARE)


def named_sequence(catalog: Catalog, call: dict[str, Any]) -> Name:
    """Return the sequence that a call such as nextval('s') names; two empty names where it names none."""
    argument: dict[str, Any] = next(iter(call.get("args") or ()), {})
    if "TypeCast" in argument:
        argument = argument["TypeCast"].get("arg", {})
    text = argument.get("A_Const", {}).get("sval", {}).get("sval", "")
    if not text:
        return "", ""
    schema, _, name = text.rpartition(".")
    return catalog.resolve(schema.strip('"'), name.strip('"'))
