"""What is in a database, as far as its migrations tell?

The model is folded from statements, so it may not know all: what was made elsewhere is not in it, and to ask for it
gives None. Expressions are kept as the grammar's JSON (`whimbrel.sql.expression`). A copy that shares what it does not
change (`Catalog.branch`) is cheap. Columns and their like are msgspec's structs, which are made and copied several
times as fast as dataclasses: a large directory makes a hundred thousand of them.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from whimbrel.sql.tree import PartitionBound, RangeVar

Name = tuple[str, str]
"""Schema and name."""

PUBLIC = "public"
TEMPORARY = "pg_temp"
"""The schema of temporary relations, which comes before all others; they are gone when their file has run."""


def written(name: Name) -> str:
    """Return a relation's name as people write it: without `public`."""
    return name[1] if name[0] == PUBLIC else f"{name[0]}.{name[1]}"


class RelationKind(StrEnum):
    """What a relation is."""

    TABLE = "table"
    PARTITIONED = "partitioned table"
    FOREIGN = "foreign table"
    VIEW = "view"
    MATERIALIZED = "materialized view"
    SEQUENCE = "sequence"
    COMPOSITE = "composite type"


class ConstraintKind(StrEnum):
    """What a constraint demands."""

    CHECK = "check"
    NOT_NULL = "not null"
    PRIMARY = "primary key"
    UNIQUE = "unique"
    FOREIGN = "foreign key"
    EXCLUSION = "exclusion"


class TypeKind(StrEnum):
    """What a type of the users' own is."""

    ENUM = "enum"
    DOMAIN = "domain"
    COMPOSITE = "composite"
    OTHER = "other"


class Type(Struct, frozen=True):
    """A type as used: its name, modifiers such as length or precision, and whether it is an array.

    Built-in types have no schema (`""`) and the server's short name: `int4`, `varchar`, `timestamptz`, `bpchar`.
    """

    schema: str
    name: str
    modifiers: tuple[int, ...] = ()
    array: bool = False

    def __str__(self) -> str:
        written = _WRITTEN.get(self.name, self.name) if not self.schema else self.name
        if self.schema and self.schema != PUBLIC:
            written = f"{self.schema}.{written}"
        if self.modifiers:
            head, zone, tail = written.partition(" with")
            written = f"{head}({','.join(map(str, self.modifiers))}){zone}{tail}"
        return written + "[]" * self.array


_WRITTEN = {
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "float4": "real",
    "float8": "double precision",
    "bool": "boolean",
    "bpchar": "char",
    "char": '"char"',
    "timetz": "time with time zone",
    "timestamptz": "timestamp with time zone",
    "varbit": "bit varying",
}


class Column(Struct, frozen=True):
    """A column. `default` is its expression, empty where it has none or where that is not known."""

    name: str
    type: Type
    not_null: bool = False
    has_default: bool = False
    default: bytes = b""
    identity: bool = False
    generated: str = ""
    """`s` for STORED, `v` for VIRTUAL."""
    collation: str = ""
    born: int = 0
    """The ordinal of the file that added it."""
    first: int = 0
    """Where its identity's sequence starts, 0 where nothing is written."""


class Constraint(Struct, frozen=True):
    """A constraint of a table. `generated_name` marks a name that nobody wrote."""

    name: str
    kind: ConstraintKind
    columns: tuple[str, ...] = ()
    validated: bool = True
    enforced: bool = True
    expression: bytes = b""
    references: Name | None = None
    referenced_columns: tuple[str, ...] = ()
    index: str = ""
    deferrable: bool = False
    deferred: bool = False
    """INITIALLY DEFERRED."""
    generated_name: bool = False
    on_delete: str = "a"
    on_update: str = "a"
    no_inherit: bool = False
    born: int = 0


class Index(Struct, frozen=True):
    """An index. A part of `columns` is None where an expression stands; one that is not partial has no `predicate`."""

    name: str
    columns: tuple[str | None, ...]
    unique: bool = False
    method: str = "btree"
    predicate: bytes = b""
    expressions: tuple[bytes, ...] = ()
    included: tuple[str, ...] = ()
    constraint: str = ""
    """The constraint that it stands behind."""
    only: bool = False
    """Made ON ONLY a partitioned table: not valid until each partition's is attached."""
    nulls_not_distinct: bool = False
    opclasses: tuple[str, ...] = ()
    collations: tuple[str, ...] = ()
    """The last names of those that COLLATE gives its parts, empty for a part without."""
    backwards: frozenset[int] = frozenset()
    """The places, from 0, of parts that are DESC or put NULLs elsewhere than usual."""
    parent: str = ""
    """The partitioned index that it is attached to."""
    born: int = 0

    @property
    def partial(self) -> bool:
        """Whether it has a WHERE."""
        return bool(self.predicate)


class Uses(Struct, frozen=True):
    """What a policy's or rule's expressions speak of: the last names of columns and functions, and relations."""

    columns: frozenset[str] = frozenset()
    relations: frozenset[Name] = frozenset()
    functions: frozenset[str] = frozenset()


class Relation(Struct):
    """A table, view, sequence or composite type; change it only through `Catalog.edit`."""

    name: Name
    kind: RelationKind
    columns: dict[str, Column] = {}
    constraints: dict[str, Constraint] = {}
    indexes: dict[str, Index] = {}
    triggers: dict[str, tuple[str, ...]] = {}
    """Name to the function's dotted name."""
    statement_triggers: frozenset[str] = frozenset()
    """Those of them that are not FOR EACH ROW; names of others that were dropped may be among them."""
    policies: frozenset[str] = frozenset()
    policy_uses: dict[str, Uses] = {}
    """Never changed in place."""
    rules: frozenset[str] = frozenset()
    rule_uses: dict[str, Uses] = {}
    """Never changed in place."""
    statistics: frozenset[str] = frozenset()
    partition_of: Name | None = None
    default_partition: bool = False
    bound: PartitionBound | None = None
    """FOR VALUES of a partition."""
    partition_key: tuple[str | None, ...] = ()
    """Columns of PARTITION BY; None where an expression stands."""
    of_type: Name | None = None
    """The composite type of a typed table."""
    inherits: tuple[Name, ...] = ()
    reads: frozenset[Name] = frozenset()
    """Relations that a view is made from."""
    reads_columns: frozenset[tuple[Name, str]] = frozenset()
    """Columns that a view's query reads: see `whimbrel.schema.view_reads`."""
    may_read: frozenset[tuple[Name, str]] = frozenset()
    """Columns of which one cannot tell whether its query reads them."""
    calls: frozenset[str] = frozenset()
    """Last names of the functions in a view's query."""
    outputs: tuple[str, ...] = ()
    """A view's own columns in order, empty where they are not all known."""
    filtered: bool = False
    """Whether a view's query may leave rows of those relations unread: it has a condition, an order or a limit."""
    filled: bool = False
    """Whether a statement put rows in; what applications put in, nobody knows."""
    owned_by: tuple[Name, str] | None = None
    """Table and column that a sequence belongs to."""
    persistence: str = "p"
    row_security: bool = False
    complete: bool = True
    """Whether all columns, constraints and indexes are known: not where it was made from another table or query."""
    born: int = 0
    """The ordinal of the file that created it."""
    refers_to: frozenset[Name] | None = None
    """See `Catalog.referring`."""

    def clone(self) -> Relation:
        """Return a copy that can be changed."""
        twin = copy(self)
        twin.refers_to = None
        twin.columns = dict(self.columns)
        twin.constraints = dict(self.constraints)
        twin.indexes = dict(self.indexes)
        twin.triggers = dict(self.triggers)
        return twin

    @property
    def primary_key(self) -> Constraint | None:
        """The primary key, if it has one."""
        return next((one for one in self.constraints.values() if one.kind is ConstraintKind.PRIMARY), None)

    @property
    def holds_rows(self) -> bool:
        """Whether it is a table, partitioned or not, or a materialized view."""
        return self.kind in (RelationKind.TABLE, RelationKind.PARTITIONED, RelationKind.MATERIALIZED)


class UserType(Struct, frozen=True):
    """A type that is not built in."""

    name: Name
    kind: TypeKind
    labels: tuple[str, ...] = ()
    """Of an enum."""
    base: Type | None = None
    """Of a domain."""
    constraints: tuple[str, ...] = ()
    """Names of a domain's CHECK constraints; one that nobody named is `<domain>_check` and so on."""
    not_null: bool = False
    """Of a domain."""
    has_default: bool = False
    born: int = 0
    value_born: tuple[tuple[str, int], ...] = ()
    """Labels that ADD VALUE brought, with the number of the transaction that did, in the file that is folded now."""


class Head(Struct, frozen=True):
    """What CREATE OR REPLACE cannot change of a routine, and what a caller sees."""

    kind: str = "function"
    names: tuple[str, ...] = ()
    """Of the parameters that are passed in; empty for one without."""
    defaults: int = 0
    """How many of them have one."""
    returns: Type | None = None
    """None where it returns nothing, a row of OUT parameters, or what the text does not tell."""
    many: bool = False
    """SETOF or TABLE."""
    outs: tuple[tuple[str, str], ...] = ()
    """Name and type of each parameter that is passed out."""
    own_path: bool = False
    """Whether it sets its search_path, or its body was read when it was made."""


class Function(Struct, frozen=True):
    """A function by name; overloads of one name share an entry."""

    name: Name
    volatility: str = "volatile"
    """The most volatile of its overloads."""
    signatures: tuple[tuple[str, ...], ...] = ()
    language: str = ""
    body: str = ""
    born: int = 0
    returns_trigger: bool = False
    calls: tuple[tuple[str, ...], ...] = ()
    """What it calls, where its body is SQL of its own (RETURN, BEGIN ATOMIC) and no text."""
    lone: bool = False
    """Whether such a body is one expression without a query in it."""
    heads: dict[tuple[str, ...], Head] = {}
    """By signature; never changed in place."""


@dataclass(slots=True)
class Catalog:
    """Everything that was made so far."""

    relations: dict[Name, Relation] = field(default_factory=dict)
    indexes: dict[Name, Name] = field(default_factory=dict)
    """Each index by schema and name, to its table."""
    types: dict[Name, UserType] = field(default_factory=dict)
    functions: dict[Name, Function] = field(default_factory=dict)
    schemas: dict[str, int] = field(default_factory=lambda: {PUBLIC: -1})
    """Schemas, with the file that made them."""
    extensions: frozenset[str] = frozenset()
    publications: dict[str, frozenset[Name]] = field(default_factory=dict)
    partitions: dict[Name, tuple[Name, ...]] = field(default_factory=dict)
    """Each parent's partitions and inheriting tables."""
    strays: dict[Name, tuple[Index, ...]] = field(default_factory=dict)
    """Indexes that were made on tables that are not known."""
    nondeterministic: frozenset[str] = frozenset()
    """Names of collations that were made with `deterministic = false`, without their schemas."""
    search_path: tuple[str, ...] = (PUBLIC,)
    file: int = 0
    """The ordinal of the file that is folded now."""
    _owned: set[Name] = field(default_factory=set)
    _temporary: set[Name] = field(default_factory=set)

    def branch(self) -> Catalog:
        """Return a copy; what is folded into either leaves the other as it is."""
        self._owned.clear()
        return Catalog(
            dict(self.relations), dict(self.indexes), dict(self.types), dict(self.functions), dict(self.schemas),
            self.extensions, dict(self.publications), dict(self.partitions), dict(self.strays), self.nondeterministic,
            self.search_path, self.file,
            _temporary=set(self._temporary),
        )  # fmt: skip

    def become(self, other: Catalog) -> None:
        """Take over what another one holds, which stays as it is."""
        twin = other.branch()
        for one in fields(twin):
            setattr(self, one.name, getattr(twin, one.name))

    def alone(self, name: Name) -> Catalog:
        """Return a small catalog with one relation, if it is known, to see what a statement makes of it."""
        found = self.relations.get(name)
        indexes = {} if found is None else dict.fromkeys(((name[0], index) for index in found.indexes), name)
        relations = {} if found is None else {name: found}
        return Catalog(relations, indexes, search_path=self.search_path, file=self.file)

    def edit(self, name: Name) -> Relation:
        """Return a relation that exists, to be changed.

        Raises:
            KeyError: it is not known.
        """
        relation = self.relations[name]
        if name not in self._owned:
            relation = self.relations[name] = relation.clone()
            self._owned.add(name)
        return relation

    def add(self, relation: Relation) -> None:
        """Put a new relation in, in the place of one of its name."""
        relation.born = self.file
        self.relations[relation.name] = relation
        self._owned.add(relation.name)
        if relation.name[0] == TEMPORARY:
            self._temporary.add(relation.name)

    def add_function(self, function: Function) -> None:
        """Put a new function in, in the place of one of its name."""
        self.functions[function.name] = function
        if function.name[0] == TEMPORARY:
            self._temporary.add(function.name)

    def end_session(self) -> None:
        """Forget temporary tables and functions, and the search path."""
        for name in self._temporary:
            relation = self.relations.pop(name, None)
            self.partitions.pop(name, None)
            self.functions.pop(name, None)
            for index in relation.indexes if relation is not None else ():
                self.indexes.pop((TEMPORARY, index), None)
        if self._temporary:
            for parent, children in list(self.partitions.items()):
                if any(child in self._temporary for child in children):
                    self.partitions[parent] = tuple(child for child in children if child not in self._temporary)
        self._temporary.clear()
        self.search_path = (PUBLIC,)

    def resolve(self, schema: str, name: str) -> Name:
        """Return the full name of a relation as written; without a schema, that in which it is or would be made."""
        if schema:
            return schema, name
        if len(self.search_path) == 1 and not self._temporary:
            return self.search_path[0], name
        for place in (TEMPORARY, *self.search_path):
            if (place, name) in self.relations:
                return place, name
        return self.search_path[0] if self.search_path else PUBLIC, name

    def name_of(self, written: RangeVar) -> Name:
        """Return the full name of a relation in a statement."""
        if written.schemaname:
            return written.schemaname, written.relname
        if written.relpersistence == "t":
            return TEMPORARY, written.relname
        return self.resolve("", written.relname)

    def relation(self, written: RangeVar) -> Relation | None:
        """Return the relation of a statement, None where it is not known."""
        return self.relations.get(self.name_of(written))

    def index_table(self, schema: str, name: str) -> Relation | None:
        """Return the table of an index as written, None where it is not known."""
        for place in (schema,) if schema else (TEMPORARY, *self.search_path):
            table = self.indexes.get((place, name))
            if table is not None:
                return self.relations.get(table)
        return None

    def user_type(self, parts: tuple[str, ...]) -> UserType | None:
        """Return a type by its dotted name, None where it is not known."""
        if len(parts) > 1:
            return self.types.get((parts[-2], parts[-1]))
        for place in self.search_path:
            if found := self.types.get((place, parts[-1])):
                return found
        return None

    def function(self, parts: tuple[str, ...]) -> Function | None:
        """Return a function by its dotted name, None where it is not known."""
        if len(parts) > 1:
            return self.functions.get((parts[-2], parts[-1]))
        for place in self.search_path:
            if found := self.functions.get((place, parts[-1])):
                return found
        return None

    def children(self, name: Name) -> tuple[Name, ...]:
        """Return the partitions and heirs of a relation, theirs included."""
        found: list[Name] = []
        for child in self.partitions.get(name, ()):
            found.append(child)
            found.extend(self.children(child))
        return tuple(found)

    def above(self, name: Name) -> list[Name]:
        """Return the partitioned tables that a partition is part of, the nearest first."""
        found: list[Name] = []
        relation = self.relations.get(name)
        while relation is not None and relation.partition_of is not None and relation.partition_of not in found:
            found.append(relation.partition_of)
            relation = self.relations.get(relation.partition_of)
        return found

    def reaching(self, name: Name) -> list[tuple[Relation, Constraint]]:
        """Return the foreign keys that refer to a table or to what it is a partition of."""
        return [one for place in (name, *self.above(name)) for one in self.referencing(place)]

    def referencing(self, name: Name) -> list[tuple[Relation, Constraint]]:
        """Return the foreign keys that refer to a table."""
        return [
            (relation, constraint)
            for relation in self.relations.values()
            if relation.constraints and name in self.referring(relation)
            for constraint in relation.constraints.values()
            if constraint.references == name
        ]

    def referring(self, relation: Relation) -> frozenset[Name]:
        """Return the tables that a relation's foreign keys refer to; kept where it cannot be changed any more."""
        found = relation.refers_to
        if found is None:
            found = frozenset([one.references for one in relation.constraints.values() if one.references is not None])
            if relation.name not in self._owned:
                relation.refers_to = found
        return found

    def readers(self, name: Name) -> list[Relation]:
        """Return the views that read a relation, directly."""
        return [relation for relation in self.relations.values() if name in relation.reads]
