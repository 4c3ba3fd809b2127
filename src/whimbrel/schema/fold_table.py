"""How do CREATE TABLE, VIEW, SEQUENCE and INDEX change the schema?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from whimbrel.schema.catalog import (
    Catalog,
    Column,
    Constraint,
    ConstraintKind,
    Index,
    Relation,
    RelationKind,
    TypeKind,
)
from whimbrel.schema.generated_names import choose, cut, unlike
from whimbrel.schema.types import SERIAL, type_of
from whimbrel.schema.view_columns import name_of_expression
from whimbrel.schema.view_reads import view_reads
from whimbrel.sql.expression import columns as columns_in
from whimbrel.sql.expression import decoded, functions, is_null, relations
from whimbrel.sql.expression import names as names_in
from whimbrel.sql.tree import constraints_of, names

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from msgspec import Raw

    from whimbrel.schema.catalog import Name, Type
    from whimbrel.sql import tree

CONSTRAINT_KINDS = {
    "CONSTR_CHECK": ConstraintKind.CHECK,
    "CONSTR_NOTNULL": ConstraintKind.NOT_NULL,
    "CONSTR_PRIMARY": ConstraintKind.PRIMARY,
    "CONSTR_UNIQUE": ConstraintKind.UNIQUE,
    "CONSTR_FOREIGN": ConstraintKind.FOREIGN,
    "CONSTR_EXCLUSION": ConstraintKind.EXCLUSION,
}
_LABELS = {
    ConstraintKind.CHECK: "check",
    ConstraintKind.NOT_NULL: "not_null",
    ConstraintKind.PRIMARY: "pkey",
    ConstraintKind.UNIQUE: "key",
    ConstraintKind.FOREIGN: "fkey",
    ConstraintKind.EXCLUSION: "excl",
}
_LIKE_DEFAULTS, _LIKE_GENERATED, _LIKE_IDENTITY, _LIKE_CONSTRAINTS, _LIKE_INDEXES = (
    1 << 3,
    1 << 4,
    1 << 5,
    1 << 2,
    1 << 6,
)
"""Bits of TableLikeOption."""
_USUAL_NULLS = frozenset({"", "SORTBY_NULLS_DEFAULT"})


def create_table(catalog: Catalog, node: tree.CreateStmt) -> None:
    """Fold CREATE TABLE."""
    _created(catalog, node, RelationKind.PARTITIONED if node.partspec is not None else RelationKind.TABLE)


def create_foreign_table(catalog: Catalog, node: tree.CreateForeignTableStmt) -> None:
    """Fold CREATE FOREIGN TABLE."""
    _created(catalog, node.base, RelationKind.FOREIGN)


def _created(catalog: Catalog, node: tree.CreateStmt, kind: RelationKind) -> None:
    name = catalog.name_of(node.relation)
    if node.if_not_exists and name in catalog.relations:
        return
    relation = Relation(name, kind, persistence=node.relation.relpersistence)
    catalog.add(relation)
    parents = [catalog.name_of(parent.range_var) for parent in node.inh_relations if parent.range_var is not None]
    if parents and node.partbound is not None:
        relation.partition_of, relation.bound = parents[0], node.partbound
        relation.default_partition = node.partbound.is_default
    else:
        relation.inherits = tuple(parents)
    if node.partspec is not None:
        relation.partition_key = tuple(
            one.element.name or None for one in node.partspec.part_params if one.element is not None
        )
    for parent in parents:
        inherit(catalog, relation, parent)
    if node.of_typename is not None:
        _of_type(catalog, relation, node.of_typename)
    for element in node.table_elts:
        if element.column is not None:
            add_column(catalog, relation, element.column)
        elif element.like is not None:
            _like(catalog, relation, element.like)
    written: list[tuple[tree.Constraint, str]] = []
    for element in node.table_elts:
        if element.constraint is not None:
            written.append((element.constraint, ""))
        elif element.column is not None and element.column.constraints:
            written += of_column(element.column)
    for constraint, column in without_twins(written):
        add_constraint(catalog, relation, constraint, column=column, created=True)


def of_column(column: tree.ColumnDef) -> list[tuple[tree.Constraint, str]]:
    """Return a column's constraints, and its name with each; not those that `add_column` makes."""
    return [(one, column.colname) for one in constraints_of(column) if not in_its_column(one)]


def without_twins(written: list[tuple[tree.Constraint, str]]) -> list[tuple[tree.Constraint, str]]:
    """Leave out each UNIQUE of the columns of the primary key or of one before: the server makes one index of both."""
    keys = [one for one in written if one[0].contype in ("CONSTR_PRIMARY", "CONSTR_UNIQUE")]
    if len(keys) < 2:
        return written
    first: dict[object, tree.Constraint] = {}
    gone: list[tree.Constraint] = []
    called: dict[int, str] = {}
    for one, column in sorted(keys, key=lambda key: key[0].contype != "CONSTR_PRIMARY"):
        if one.indexname:
            continue
        when = one.deferrable, one.initdeferred
        like = names(one.keys) or (column,), names(one.including), when, one.nulls_not_distinct
        twin = first.setdefault(like, one)
        if twin is not one:
            gone.append(one)
            called.setdefault(id(twin), twin.conname or one.conname)
    return [
        (replace(one, conname=called[id(one)]) if called.get(id(one)) else one, column)
        for one, column in written
        if not any(one is other for other in gone)
    ]


def _of_type(catalog: Catalog, relation: Relation, written: tree.TypeName) -> None:
    type_ = type_of(written, catalog)
    relation.of_type = (type_.schema, type_.name)
    composite = catalog.relations.get(relation.of_type)
    if composite is None:
        relation.complete = False
    else:
        relation.columns.update(composite.columns)


def inherit(catalog: Catalog, relation: Relation, parent: Name) -> None:
    """Make a relation a partition or heir of another: its columns, CHECKs and, for a partition, indexes."""
    catalog.partitions[parent] = (*catalog.partitions.get(parent, ()), relation.name)
    above = catalog.relations.get(parent)
    if above is None:
        relation.complete = False
        return
    for column in above.columns.values():
        relation.columns.setdefault(column.name, replace(column, born=catalog.file))
    for constraint in above.constraints.values():
        if constraint.no_inherit:
            continue
        handed = constraint.kind in (ConstraintKind.CHECK, ConstraintKind.NOT_NULL)
        if handed or (above.kind is RelationKind.PARTITIONED and constraint.kind is ConstraintKind.FOREIGN):
            relation.constraints.setdefault(constraint.name, constraint)
    if above.kind is RelationKind.PARTITIONED:
        for index in above.indexes.values():
            copy_index(catalog, relation, index)


def copy_index(catalog: Catalog, relation: Relation, index: Index) -> None:
    """Give a partition the index of its parent, unless it has its like."""
    for own in relation.indexes.values():
        if own.columns == index.columns and own.unique == index.unique and own.predicate == index.predicate:
            if own.parent != index.name:
                relation.indexes[own.name] = replace(own, parent=index.name)
            return
    label = {True: "key", False: "idx"}[bool(index.constraint)]
    kind = None
    if index.constraint:
        table = catalog.relations.get(relation.partition_of or relation.name)
        behind = table.constraints.get(index.constraint) if table is not None else None
        kind = behind.kind if behind is not None else ConstraintKind.UNIQUE
        label = _LABELS[kind]
    columns = "" if kind is ConstraintKind.PRIMARY else _words(index)
    name = choose(relation.name[1], columns, label, _Taken(catalog, relation, constraint=bool(index.constraint)))
    relation.indexes[name] = replace(
        index, name=name, constraint=name if index.constraint else "", parent=index.name, only=False, born=catalog.file
    )
    catalog.indexes[relation.name[0], name] = relation.name
    if kind is not None:
        relation.constraints[name] = Constraint(
            name, kind, tuple(column for column in index.columns if column), index=name, born=catalog.file
        )
    for child in catalog.partitions.get(relation.name, ()):
        below = catalog.relations.get(child)
        if below is not None and below.partition_of == relation.name:
            copy_index(catalog, catalog.edit(child), relation.indexes[name])


def _words(index: Index) -> str:
    """Return what the server puts between table and label in the name of an index like this one."""
    expressions = iter(index.expressions)
    parts = [one or name_of_expression(decoded(next(expressions, b"")) or {}) for one in index.columns]
    return "_".join(unlike([*parts, *index.included]))


def _like(catalog: Catalog, relation: Relation, like: tree.TableLikeClause) -> None:
    above = catalog.relation(like.relation)
    if above is None:
        relation.complete = False
        return
    options = like.options
    for column in above.columns.values():
        keeps = (column.generated and options & _LIKE_GENERATED) or (column.has_default and options & _LIKE_DEFAULTS)
        relation.columns[column.name] = replace(
            column,
            has_default=bool(keeps and column.has_default),
            generated=column.generated if options & _LIKE_GENERATED else "",
            identity=column.identity and bool(options & _LIKE_IDENTITY),
            born=catalog.file,
        )
    if options & _LIKE_CONSTRAINTS:
        for constraint in above.constraints.values():
            if constraint.kind is ConstraintKind.CHECK:
                relation.constraints[constraint.name] = replace(constraint, born=catalog.file)
    if options & _LIKE_INDEXES:
        for index in above.indexes.values():
            behind = above.constraints.get(index.constraint) if index.constraint else None
            kind = behind.kind if behind is not None else None
            label = _LABELS[kind] if kind is not None else "idx"
            columns = "" if kind is ConstraintKind.PRIMARY else _listed(index.columns)
            name = choose(relation.name[1], columns, label, _Taken(catalog, relation, constraint=kind is not None))
            relation.indexes[name] = replace(
                index, name=name, constraint=name if kind is not None else "", born=catalog.file
            )
            catalog.indexes[relation.name[0], name] = relation.name
            if behind is not None:
                relation.constraints[name] = replace(behind, name=name, index=name, born=catalog.file)


def add_column(catalog: Catalog, relation: Relation, written: tree.ColumnDef) -> None:
    """Put a column in, without its constraints."""
    name = written.colname
    if written.type_name is None:
        return
    type_ = type_of(written.type_name, catalog)
    parts = names(written.type_name.names)
    serial = parts[-1:] and parts[-1] in SERIAL and len(parts) == 1
    collation = collation_of(written)
    not_null = has_default = bool(serial)
    identity, default, generated, first = False, b"", "", 0
    for one in written.constraints:
        constraint = one.constraint
        if constraint is None:
            continue
        match constraint.contype:
            case "CONSTR_NOTNULL" | "CONSTR_PRIMARY":
                not_null = True
            case "CONSTR_DEFAULT" if not is_null(constraint.raw_expr) or is_domain(type_, catalog):
                has_default, default = True, bytes(constraint.raw_expr)
            case "CONSTR_IDENTITY":
                identity = not_null = True
                first = _start(constraint.options) if constraint.options else 0
            case "CONSTR_GENERATED":
                generated, default = constraint.generated_kind or "s", bytes(constraint.raw_expr)
            case _:
                pass
    relation.columns[name] = Column(
        name, type_, not_null, has_default, default, identity, generated, collation, catalog.file, first
    )
    if serial or identity:
        own_sequence(catalog, relation, name)


def _start(options: list[tree.DefElemNode]) -> int:
    """Return the number of START WITH, 0 without it."""
    for one in options:
        if one.option is not None and one.option.defname == "start":
            number = decoded(one.option.arg).get("Integer", {}).get("ival", 0)
            return number if isinstance(number, int) else 0
    return 0


def is_domain(type_: Type, catalog: Catalog) -> bool:
    """Say whether a type is a domain, whose own default a column's NULL takes the place of; elsewhere it is none."""
    user = catalog.types.get((type_.schema, type_.name))
    return user is not None and user.kind is TypeKind.DOMAIN


def in_its_column(written: tree.Constraint) -> bool:
    """Say whether `add_column` has made all of a column's constraint: NOT NULL without a name."""
    return written.contype == "CONSTR_NOTNULL" and not written.conname and not written.skip_validation


def collation_of(written: tree.ColumnDef) -> str:
    """Return the collation behind COLLATE, empty for the default."""
    name = names(written.coll_clause.collname)[-1] if written.coll_clause is not None else ""
    return "" if name == "default" else name


def own_sequence(catalog: Catalog, relation: Relation, column: str) -> None:
    """Put the sequence of a serial or identity column in."""
    schema = relation.name[0]
    name = choose(relation.name[1], column, "seq", _Taken(catalog, relation))
    catalog.add(Relation((schema, name), RelationKind.SEQUENCE, owned_by=(relation.name, column)))


def add_constraint(
    catalog: Catalog, relation: Relation, written: tree.Constraint, *, column: str = "", created: bool = False
) -> None:
    """Put a constraint in, of a column or of the table, with the index behind it. A `created` table's are all valid."""
    kind = CONSTRAINT_KINDS.get(written.contype)
    if kind is None:
        return
    keys = names(written.fk_attrs) if kind is ConstraintKind.FOREIGN else names(written.keys)
    columns = (column,) if column and not keys else keys
    if kind is ConstraintKind.CHECK:
        columns = tuple(sorted(columns_in(written.raw_expr)))
    elif kind is ConstraintKind.EXCLUSION:
        columns = tuple(_excluded(written.exclusions))
    elif written.indexname:
        behind = relation.indexes.get(written.indexname)
        columns = tuple(one for one in behind.columns if one) if behind is not None else columns
    if kind is ConstraintKind.NOT_NULL:
        _not_null(relation, columns or names(written.keys), validated=created or not written.skip_validation)
        if column and not written.conname and not written.skip_validation:
            return
    label = _LABELS[kind]
    # The server names an index by the columns that it includes too.
    named_by = (*columns, *names(written.including))
    name = cut(written.conname) or written.indexname or _chosen(catalog, relation, kind, named_by, label)
    if name in relation.constraints and written.conname:
        return  # refused, so it stands in a block that goes on: the first one stays
    references = catalog.name_of(written.pktable) if written.pktable is not None else None
    referenced = names(written.pk_attrs)
    target = catalog.relations.get(references) if references is not None else None
    if references is not None and not referenced and target is not None and target.primary_key is not None:
        referenced = target.primary_key.columns
    enforced = written.is_enforced or kind not in (ConstraintKind.CHECK, ConstraintKind.FOREIGN)
    constraint = Constraint(
        name, kind, columns,
        validated=enforced and (created or not written.skip_validation),
        enforced=enforced,
        expression=bytes(written.raw_expr), references=references, referenced_columns=referenced,
        deferrable=written.deferrable, deferred=written.initdeferred,
        generated_name=not written.conname, no_inherit=written.is_no_inherit,
        on_delete=written.fk_del_action or "a", on_update=written.fk_upd_action or "a", born=catalog.file,
    )  # fmt: skip
    if kind in (ConstraintKind.PRIMARY, ConstraintKind.UNIQUE, ConstraintKind.EXCLUSION):
        constraint = replace(constraint, index=name)
        _index_behind(catalog, relation, constraint, written)
    if kind is ConstraintKind.PRIMARY:
        _not_null(relation, columns)
    relation.constraints[name] = constraint
    for child in catalog.children(relation.name):
        _hand_down(catalog, child, constraint)


def _hand_down(catalog: Catalog, child: Name, constraint: Constraint) -> None:
    if child not in catalog.relations or constraint.no_inherit:
        return
    if constraint.kind in (ConstraintKind.CHECK, ConstraintKind.FOREIGN, ConstraintKind.NOT_NULL):
        catalog.edit(child).constraints.setdefault(constraint.name, constraint)


def _not_null(relation: Relation, columns: Iterable[str], *, validated: bool = True) -> None:
    if not validated:
        return
    for name in columns:
        if column := relation.columns.get(name):
            relation.columns[name] = replace(column, not_null=True)


def _index_behind(catalog: Catalog, relation: Relation, constraint: Constraint, written: tree.Constraint) -> None:
    schema = relation.name[0]
    if written.indexname:
        used = relation.indexes.pop(written.indexname, None)
        catalog.indexes.pop((schema, written.indexname), None)
        if used is not None:
            relation.indexes[constraint.name] = replace(used, name=constraint.name, constraint=constraint.name)
            catalog.indexes[schema, constraint.name] = relation.name
        return
    parts = tuple(constraint.columns)
    relation.indexes[constraint.name] = Index(
        constraint.name, parts, unique=constraint.kind is not ConstraintKind.EXCLUSION,
        method=written.access_method or "btree", predicate=bytes(written.where_clause), constraint=constraint.name,
        nulls_not_distinct=written.nulls_not_distinct, included=names(written.including), born=catalog.file,
    )  # fmt: skip
    catalog.indexes[schema, constraint.name] = relation.name
    for child in catalog.partitions.get(relation.name, ()):
        below = catalog.relations.get(child)
        if below is not None and below.partition_of == relation.name:
            copy_index(catalog, catalog.edit(child), relation.indexes[constraint.name])


def _excluded(exclusions: list[Raw]) -> list[str]:
    found: list[str] = []
    for raw in exclusions:
        items = decoded(raw).get("List", {}).get("items", [])
        element = items[0].get("IndexElem", {}) if items else {}
        if element.get("name"):
            found.append(element["name"])
    return found


def _chosen(catalog: Catalog, relation: Relation, kind: ConstraintKind, columns: tuple[str, ...], label: str) -> str:
    if kind is ConstraintKind.PRIMARY:
        listed = ""
    elif kind is ConstraintKind.CHECK:
        listed = columns[0] if len(columns) == 1 else ""
    elif kind is ConstraintKind.FOREIGN:
        listed = "_".join(columns)
    else:
        listed = _listed(columns)
    taken: Container[str] = _TakenByConstraints(catalog, relation)
    if kind in (ConstraintKind.PRIMARY, ConstraintKind.UNIQUE, ConstraintKind.EXCLUSION):
        taken = _Taken(catalog, relation, constraint=True)
    return choose(relation.name[1], listed, label, taken)


def _listed(columns: Iterable[str | None]) -> str:
    return "_".join("expr" if column is None else column for column in columns)


class _TakenByConstraints:
    """The names that nobody gives a new constraint of a relation: those of constraints in its schema."""

    def __init__(self, catalog: Catalog, relation: Relation) -> None:
        self._catalog, self._relation = catalog, relation

    def __contains__(self, name: object) -> bool:
        schema = self._relation.name[0]
        return (
            name in self._relation.constraints
            or any(name in one.constraints for one in self._catalog.relations.values() if one.name[0] == schema)
            or any(name in one.constraints for one in self._catalog.types.values() if one.name[0] == schema)
        )


class _Taken(_TakenByConstraints):
    """The names that an index of a relation cannot have: those in its schema; a `constraint`'s not theirs either."""

    def __init__(self, catalog: Catalog, relation: Relation, *, constraint: bool = False) -> None:
        super().__init__(catalog, relation)
        self._constraint = constraint

    def __contains__(self, name: object) -> bool:
        place = self._relation.name[0], name
        if place in self._catalog.relations or place in self._catalog.indexes:
            return True
        return super().__contains__(name) if self._constraint else name in self._relation.constraints


def create_index(catalog: Catalog, node: tree.IndexStmt) -> None:
    """Fold CREATE INDEX."""
    table = catalog.name_of(node.relation)
    columns = tuple(one.element.name or _column_in(one.element.expr) for one in node.index_params)
    if table not in catalog.relations:
        stray = Index(node.idxname, columns, node.unique, node.access_method, bytes(node.where_clause))
        catalog.strays[table] = (*catalog.strays.get(table, ()), stray)
        return
    schema = table[0]
    name = cut(node.idxname)
    if name and (schema, name) in catalog.indexes:
        if node.if_not_exists:
            return
        drop_index(catalog, (schema, name))
    relation = catalog.edit(table)
    name = name or choose(
        table[1],
        "_".join(
            unlike(
                [
                    *(one.element.name or name_of_expression(decoded(one.element.expr)) for one in node.index_params),
                    *(one.element.name for one in node.index_including_params),
                ]
            )
        ),
        "idx",
        _Taken(catalog, relation),
    )
    index = Index(
        name, columns, node.unique, node.access_method, bytes(node.where_clause),
        tuple(bytes(one.element.expr) for one, name in zip(node.index_params, columns, strict=True) if name is None),
        tuple(one.element.name for one in node.index_including_params),
        only=not node.relation.inh, nulls_not_distinct=node.nulls_not_distinct,
        opclasses=tuple(names(one.element.opclass)[-1] if one.element.opclass else "" for one in node.index_params),
        collations=tuple(
            names(one.element.collation)[-1] if one.element.collation else "" for one in node.index_params
        ),
        backwards=frozenset(
            place
            for place, one in enumerate(node.index_params)
            if one.element.ordering == "SORTBY_DESC" or one.element.nulls_ordering not in _USUAL_NULLS
        ),
        born=catalog.file,
    )  # fmt: skip
    relation.indexes[name] = index
    catalog.indexes[schema, name] = table
    if node.relation.inh:
        for child in catalog.partitions.get(table, ()):
            below = catalog.relations.get(child)
            if below is not None and below.partition_of == table:
                copy_index(catalog, catalog.edit(child), index)


def _column_in(expression: Raw) -> str | None:
    """Return the column that an index's expression is, in brackets or with a COLLATE; None for others."""
    node = decoded(expression)
    while isinstance(node, dict) and "CollateClause" in node:
        node = node["CollateClause"]["arg"]
    parts = names_in(node["ColumnRef"]["fields"]) if isinstance(node, dict) and "ColumnRef" in node else ()
    return parts[-1] if parts and parts[-1] != "*" else None


def drop_index(catalog: Catalog, name: Name) -> None:
    """Take an index out, with those of the partitions."""
    table = catalog.indexes.pop(name, None)
    if table is None or table not in catalog.relations:
        return
    relation = catalog.edit(table)
    relation.indexes.pop(name[1], None)
    for child in catalog.partitions.get(table, ()):
        below = catalog.relations.get(child)
        if below is None:
            continue
        for index in list(below.indexes.values()):
            if index.parent == name[1]:
                drop_index(catalog, (child[0], index.name))


def create_table_as(catalog: Catalog, node: tree.CreateTableAsStmt) -> None:
    """Fold CREATE TABLE AS and CREATE MATERIALIZED VIEW."""
    name = catalog.name_of(node.into.rel)
    if node.if_not_exists and name in catalog.relations:
        return
    materialized = node.objtype == "OBJECT_MATVIEW"
    kind = RelationKind.MATERIALIZED if materialized else RelationKind.TABLE
    relation = Relation(
        name, kind, complete=False, persistence=node.into.rel.relpersistence, filled=not node.into.skip_data
    )
    if materialized:
        relation.reads = frozenset(catalog.resolve(*one) for one in relations(node.query))
        read = view_reads(catalog, node.query, names(node.into.col_names))
        relation.reads_columns, relation.may_read, relation.outputs = read.columns, read.maybe, read.outputs
        relation.calls = frozenset(parts[-1] for parts in functions(node.query))
        relation.filtered = _filtered(node.query)
    catalog.add(relation)


def insert(catalog: Catalog, node: tree.InsertStmt) -> None:
    """Fold INSERT: the table has rows."""
    _fill(catalog, node.relation)


def copy_in(catalog: Catalog, node: tree.CopyStmt) -> None:
    """Fold COPY FROM."""
    if node.is_from and node.relation is not None:
        _fill(catalog, node.relation)


def refresh(catalog: Catalog, node: tree.RefreshMatViewStmt) -> None:
    """Fold REFRESH MATERIALIZED VIEW."""
    relation = catalog.relation(node.relation)
    if relation is not None and relation.filled == node.skip_data:
        catalog.edit(relation.name).filled = not node.skip_data


def _fill(catalog: Catalog, table: tree.RangeVar) -> None:
    relation = catalog.relation(table)
    if relation is not None and not relation.filled:
        catalog.edit(relation.name).filled = True


def _filtered(query: Raw) -> bool:
    written = bytes(query)
    return any(part in written for part in (b'"whereClause"', b'"limitCount"', b'"sortClause"', b'"havingClause"'))


def create_view(catalog: Catalog, node: tree.ViewStmt) -> None:
    """Fold CREATE VIEW."""
    name = catalog.name_of(node.view)
    reads = frozenset(catalog.resolve(*one) for one in relations(node.query))
    old = catalog.relations.get(name)
    born = old.born if old is not None and node.replace else catalog.file
    read = view_reads(catalog, node.query, [one.string.sval for one in node.aliases if one.string is not None])
    view = Relation(
        name, RelationKind.VIEW, reads=reads, reads_columns=read.columns, may_read=read.maybe,
        calls=frozenset(parts[-1] for parts in functions(node.query)),
        outputs=read.outputs, complete=False, filtered=_filtered(node.query),
    )  # fmt: skip
    catalog.add(view)
    view.born = born


def create_sequence(catalog: Catalog, node: tree.CreateSeqStmt) -> None:
    """Fold CREATE SEQUENCE."""
    name = catalog.name_of(node.sequence)
    if node.if_not_exists and name in catalog.relations:
        return
    catalog.add(Relation(name, RelationKind.SEQUENCE, owned_by=owner(catalog, node.options)))


def alter_sequence(catalog: Catalog, node: tree.AlterSeqStmt) -> None:
    """Fold ALTER SEQUENCE … OWNED BY."""
    name = catalog.name_of(node.sequence)
    if name in catalog.relations and any(one.option and one.option.defname == "owned_by" for one in node.options):
        catalog.edit(name).owned_by = owner(catalog, node.options)


def owner(catalog: Catalog, options: list[tree.DefElemNode]) -> tuple[Name, str] | None:
    """Return table and column of OWNED BY, None for NONE or without it."""
    for one in options:
        if one.option is not None and one.option.defname == "owned_by":
            items = decoded(one.option.arg).get("List", {}).get("items", [])
            parts = [item["String"].get("sval", "") for item in items]
            if len(parts) > 1:
                return catalog.resolve(parts[-3] if len(parts) > 2 else "", parts[-2]), parts[-1]
    return None
