"""How does DROP change the schema, with what falls along?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from whimbrel.schema.catalog import Catalog, ConstraintKind, Relation
from whimbrel.schema.fold_routine import type_word
from whimbrel.schema.fold_table import drop_index
from whimbrel.schema.generated_names import unnamed_not_null
from whimbrel.schema.types import extension_of
from whimbrel.sql.expression import columns

if TYPE_CHECKING:
    from whimbrel.schema.catalog import Index, Name
    from whimbrel.sql import tree

_RELATIONS: Final = frozenset(
    {"OBJECT_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW", "OBJECT_SEQUENCE", "OBJECT_FOREIGN_TABLE"}
)
_ROUTINES: Final = frozenset({"OBJECT_FUNCTION", "OBJECT_PROCEDURE", "OBJECT_ROUTINE", "OBJECT_AGGREGATE"})


def drop(catalog: Catalog, node: tree.DropStmt) -> None:
    """Fold DROP."""
    kind, cascade = node.remove_type, node.behavior == "DROP_CASCADE"
    for one in node.objects:
        parts = one.name
        if not parts:
            continue
        if kind in _RELATIONS:
            drop_relation(catalog, catalog.resolve(parts[-2] if len(parts) > 1 else "", parts[-1]), cascade=cascade)
        elif kind == "OBJECT_INDEX":
            table = catalog.index_table(parts[-2] if len(parts) > 1 else "", parts[-1])
            if table is not None:
                if cascade:
                    _drop_keys_upon(catalog, table, table.indexes.get(parts[-1]))
                drop_index(catalog, (table.name[0], parts[-1]))
        elif kind in ("OBJECT_TYPE", "OBJECT_DOMAIN"):
            drop_type(catalog, parts, cascade=cascade)
        elif kind == "OBJECT_SCHEMA":
            drop_schema(catalog, parts[-1])
        elif kind == "OBJECT_EXTENSION":
            _drop_extension(catalog, parts[-1])
        elif kind in _ROUTINES:
            _drop_function(catalog, parts, one.with_args, cascade=cascade, missing_ok=node.missing_ok)
        elif kind in ("OBJECT_TRIGGER", "OBJECT_POLICY", "OBJECT_RULE"):
            _drop_of_table(catalog, kind, parts)
        elif kind == "OBJECT_STATISTIC_EXT":
            for name, relation in list(catalog.relations.items()):
                if parts[-1] in relation.statistics:
                    catalog.edit(name).statistics = relation.statistics - {parts[-1]}
        elif kind == "OBJECT_PUBLICATION":
            catalog.publications.pop(parts[-1], None)


def _drop_keys_upon(catalog: Catalog, table: Relation, index: Index | None) -> None:
    """Take the foreign keys out that need a unique index, and no other one."""
    if index is None or not index.unique or index.partial:
        return
    held = set(index.columns)
    if any(
        one.unique and not one.partial and set(one.columns) == held
        for one in table.indexes.values()
        if one.name != index.name
    ):
        return
    for other, foreign in catalog.referencing(table.name):
        if set(foreign.referenced_columns) == held:
            del catalog.edit(other.name).constraints[foreign.name]


def drop_relation(catalog: Catalog, name: Name, *, cascade: bool = False) -> None:
    """Take a relation out with its partitions, indexes and sequences; with CASCADE its views and foreign keys too."""
    relation = catalog.relations.pop(name, None)
    if relation is None:
        return
    for index in relation.indexes:
        catalog.indexes.pop((name[0], index), None)
    for child in catalog.partitions.pop(name, ()):
        drop_relation(catalog, child, cascade=cascade)
    for parent, children in list(catalog.partitions.items()):
        if name in children:
            catalog.partitions[parent] = tuple(child for child in children if child != name)
    for other, one in list(catalog.relations.items()):
        if one.owned_by is not None and one.owned_by[0] == name:
            drop_relation(catalog, other)
        elif one.reads and name in one.reads:
            drop_relation(catalog, other, cascade=True)
        elif one.constraints and name in catalog.referring(one):
            for key in [key for key, constraint in one.constraints.items() if constraint.references == name]:
                del catalog.edit(other).constraints[key]
    catalog.types.pop(name, None)
    for publication, tables in list(catalog.publications.items()):
        if name in tables:
            catalog.publications[publication] = tables - {name}


def drop_column(catalog: Catalog, relation: Relation, column: str) -> None:
    """Take a column out, with the indexes and constraints that hold it, and the sequence that it owns."""
    if relation.columns.pop(column, None) is None and relation.complete:
        return
    for constraint in list(relation.constraints.values()):
        if column in constraint.columns:
            drop_constraint(catalog, relation, constraint.name, cascade=True)
    for index in list(relation.indexes.values()):
        if column in index.columns or column in index.included or _reads(index, column):
            relation.indexes.pop(index.name, None)
            catalog.indexes.pop((relation.name[0], index.name), None)
    drop_owned(catalog, relation, column)


def drop_owned(catalog: Catalog, relation: Relation, column: str) -> None:
    """Take the sequences out that a column owns."""
    for name, other in list(catalog.relations.items()):
        if other.owned_by == (relation.name, column):
            drop_relation(catalog, name)


def _reads(index: Index, column: str) -> bool:
    """Say whether an index has the column in an expression or in its predicate: then it falls with the column too."""
    if not index.predicate and not index.expressions:
        return False
    name = column.encode()
    return any(
        name in expression and column in columns(expression) for expression in (*index.expressions, index.predicate)
    )


def drop_constraint(catalog: Catalog, relation: Relation, name: str, *, cascade: bool = False) -> None:
    """Take a constraint out, with the index behind it; with CASCADE the foreign keys that need it too."""
    constraint = relation.constraints.pop(name, None) or unnamed_not_null(relation, name)
    if constraint is None:
        return
    if constraint.kind is ConstraintKind.NOT_NULL:
        for column in constraint.columns:
            if column in relation.columns:
                relation.columns[column] = replace(relation.columns[column], not_null=False)
    if not constraint.index:
        return
    relation.indexes.pop(constraint.index, None)
    catalog.indexes.pop((relation.name[0], constraint.index), None)
    if cascade:
        for other, foreign in catalog.referencing(relation.name):
            if set(foreign.referenced_columns) == set(constraint.columns):
                del catalog.edit(other.name).constraints[foreign.name]


def drop_type(catalog: Catalog, parts: tuple[str, ...], *, cascade: bool = False) -> None:
    """Take a type out; with CASCADE the columns of it too."""
    found = catalog.user_type(parts)
    if found is None:
        return
    catalog.types.pop(found.name, None)
    catalog.relations.pop(found.name, None)
    if cascade:
        for name, relation in list(catalog.relations.items()):
            for column in list(relation.columns.values()):
                if (column.type.schema, column.type.name) == found.name:
                    drop_column(catalog, catalog.edit(name), column.name)


def drop_schema(catalog: Catalog, schema: str) -> None:
    """Take a schema out with all that is in it."""
    catalog.schemas.pop(schema, None)
    for name in [name for name in catalog.relations if name[0] == schema]:
        drop_relation(catalog, name, cascade=True)
    for kind in [name for name in catalog.types if name[0] == schema]:
        drop_type(catalog, kind, cascade=True)
    for function in [name for name in catalog.functions if name[0] == schema]:
        del catalog.functions[function]


def _drop_extension(catalog: Catalog, extension: str) -> None:
    catalog.extensions = catalog.extensions - {extension}
    for name, relation in list(catalog.relations.items()):
        for column in list(relation.columns.values()):
            if extension_of(column.type) == extension:
                drop_column(catalog, catalog.edit(name), column.name)


def _drop_function(
    catalog: Catalog, parts: tuple[str, ...], with_args: tree.ObjectWithArgs | None, *, cascade: bool, missing_ok: bool
) -> None:
    found = catalog.function(parts)
    if found is None:
        return
    types = [] if with_args is None or with_args.args_unspecified else [one.type_name for one in with_args.objargs]
    dropped = tuple(type_word(type_) for type_ in types if type_ is not None)
    named = with_args is not None and not with_args.args_unspecified
    if named and missing_ok and dropped not in found.signatures:
        return
    if len(found.signatures) <= 1:
        del catalog.functions[found.name]
    else:
        rest = tuple(one for one in found.signatures if one != dropped)
        catalog.functions[found.name] = replace(found, signatures=rest)
    if cascade:
        for name, relation in list(catalog.relations.items()):
            for trigger, function in list(relation.triggers.items()):
                if function[-1:] == parts[-1:]:
                    del catalog.edit(name).triggers[trigger]


def _drop_of_table(catalog: Catalog, kind: str, parts: tuple[str, ...]) -> None:
    if len(parts) < 2:
        return
    name = catalog.resolve(parts[-3] if len(parts) > 2 else "", parts[-2])
    if name not in catalog.relations:
        return
    relation = catalog.edit(name)
    if kind == "OBJECT_TRIGGER":
        relation.triggers.pop(parts[-1], None)
    elif kind == "OBJECT_POLICY":
        relation.policies = relation.policies - {parts[-1]}
        relation.policy_uses = {policy: used for policy, used in relation.policy_uses.items() if policy != parts[-1]}
    else:
        relation.rules = relation.rules - {parts[-1]}
        relation.rule_uses = {rule: used for rule, used in relation.rule_uses.items() if rule != parts[-1]}
