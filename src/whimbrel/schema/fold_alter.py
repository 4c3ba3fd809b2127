"""How do ALTER TABLE, RENAME and SET SCHEMA change the schema?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec.structs import replace

from whimbrel.schema import fold_drop, fold_table
from whimbrel.schema.catalog import Catalog, ConstraintKind, Relation, RelationKind
from whimbrel.schema.types import type_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from whimbrel.schema.catalog import Name, Uses
    from whimbrel.sql import tree


_RELATIONS: Final = frozenset(
    {"OBJECT_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW", "OBJECT_SEQUENCE", "OBJECT_FOREIGN_TABLE"}
)


_ROUTINES: Final = frozenset({"OBJECT_FUNCTION", "OBJECT_PROCEDURE", "OBJECT_ROUTINE"})


def alter_table(catalog: Catalog, node: tree.AlterTableStmt) -> None:
    """Fold ALTER TABLE and its like; a relation that is not known stays unknown."""
    if node.objtype == "OBJECT_INDEX":
        _alter_index(catalog, node)
        return
    name = catalog.name_of(node.relation)
    if name not in catalog.relations:
        return
    for one in node.cmds:
        change = _CHANGES.get(one.command.subtype)
        if change is not None and name in catalog.relations:
            change(catalog, catalog.edit(name), one.command)


def _family(catalog: Catalog, relation: Relation) -> list[Relation]:
    """Return the relation with its partitions and heirs, to be changed."""
    children = [child for child in catalog.children(relation.name) if child in catalog.relations]
    return [relation, *(catalog.edit(child) for child in children)]


def _add_column(catalog: Catalog, relation: Relation, command: tree.AlterTableCmd) -> None:
    column = command.definition.column if command.definition is not None else None
    if column is None or (command.missing_ok and column.colname in relation.columns):
        return
    if relation.kind is RelationKind.COMPOSITE:
        fold_table.add_column(catalog, relation, column)
        return
    fold_table.add_column(catalog, relation, column)
    for child in catalog.children(relation.name):
        if child in catalog.relations:
            catalog.edit(child).columns.setdefault(column.colname, relation.columns[column.colname])
    for constraint, of in fold_table.without_twins(fold_table.of_column(column)):
        fold_table.add_constraint(catalog, relation, constraint, column=of)


def _drop_column(catalog: Catalog, relation: Relation, command: tree.AlterTableCmd) -> None:
    for one in _family(catalog, relation):
        fold_drop.drop_column(catalog, one, command.name)


def _edit_column(catalog: Catalog, relation: Relation, column: str, **changes: Any) -> None:
    for one in _family(catalog, relation):
        if found := one.columns.get(column):
            one.columns[column] = replace(found, **changes)


def _default(catalog: Catalog, relation: Relation, command: tree.AlterTableCmd) -> None:
    definition, column = command.definition, relation.columns.get(command.name)
    given = definition is not None
    if definition is not None and definition.constant is not None and definition.constant.isnull:
        given = column is not None and fold_table.is_domain(column.type, catalog)
    _edit_column(catalog, relation, command.name, has_default=given)


def _set_not_null(catalog: Catalog, relation: Relation, command: tree.AlterTableCmd) -> None:
    _edit_column(catalog, relation, command.name, not_null=True)


def _drop_not_null(catalog: Catalog, relation: Relation, command: tree.AlterTableCmd) -> None:
    _edit_column(catalog, relation, command.name, not_null=False)
    for one in _family(catalog, relation):
        for constraint in list(one.constraints.values()):
            if constraint.kind is ConstraintKind.NOT_NULL and constraint.columns == (command.name,):
                del one.constraints[constraint.name]


def _alter_type(catalog: Catalog, relation: Relation, command: tree.AlterTableCmd) -> None:
    column = command.definition.column if command.definition is not None else None
    if column is None or column.type_name is None:
        return
    type_ = type_of(column.type_name, catalog)
    _edit_column(catalog, relation, command.name, type=type_, collation=fold_table.collation_of(column))


def _add_identity(catalog: Catalog, relation: Relation, command: tree.AlterTableCmd) -> None:
    _edit_column(catalog, relation, command.name, identity=True, not_null=True)
    if command.name in relation.columns:
        fold_table.own_sequence(catalog, relation, command.name)


def _drop_identity(catalog: Catalog, relation: Relation, command: tree.AlterTableCmd) -> None:
    column = relation.columns.get(command.name)
    if column is None or column.identity:
        fold_drop.drop_owned(catalog, relation, command.name)
    _edit_column(catalog, relation, command.name, identity=False)


def _drop_expression(catalog: Catalog, relation: Relation, command: tree.AlterTableCmd) -> None:
    _edit_column(catalog, relation, command.name, generated="")


def _add_constraint(catalog: Catalog, relation: Relation, command: tree.AlterTableCmd) -> None:
    constraint = command.definition.constraint if command.definition is not None else None
    if constraint is not None:
        fold_table.add_constraint(catalog, relation, constraint)


def _drop_constraint(catalog: Catalog, relation: Relation, command: tree.AlterTableCmd) -> None:
    for one in _family(catalog, relation):
        fold_drop.drop_constraint(catalog, one, command.name, cascade=command.behavior == "DROP_CASCADE")


def _validate(catalog: Catalog, relation: Relation, command: tree.AlterTableCmd) -> None:
    for one in _family(catalog, relation):
        if found := one.constraints.get(command.name):
            one.constraints[command.name] = replace(found, validated=True)
            if found.kind is ConstraintKind.NOT_NULL:
                for name in found.columns:
                    if name in one.columns:
                        one.columns[name] = replace(one.columns[name], not_null=True)


def _alter_constraint(catalog: Catalog, relation: Relation, command: tree.AlterTableCmd) -> None:
    change = command.definition.alter_constraint if command.definition is not None else None
    if change is None:
        return
    for one in _family(catalog, relation):
        if found := one.constraints.get(change.conname):
            if change.alter_enforceability:
                found = replace(found, enforced=change.is_enforced, validated=change.is_enforced)
            if change.alter_deferrability:
                found = replace(found, deferrable=change.deferrable, deferred=change.initdeferred)
            one.constraints[change.conname] = found


def _attach(catalog: Catalog, relation: Relation, command: tree.AlterTableCmd) -> None:
    cmd = command.definition.partition if command.definition is not None else None
    if cmd is None:
        return
    name = catalog.name_of(cmd.name)
    if name in catalog.relations:
        partition = catalog.edit(name)
        partition.partition_of = relation.name
        partition.default_partition = cmd.bound is not None and cmd.bound.is_default
        partition.bound = cmd.bound
        fold_table.inherit(catalog, partition, relation.name)
    else:
        catalog.partitions[relation.name] = (*catalog.partitions.get(relation.name, ()), name)


def _detach(catalog: Catalog, relation: Relation, command: tree.AlterTableCmd) -> None:
    cmd = command.definition.partition if command.definition is not None else None
    if cmd is None:
        return
    name = catalog.name_of(cmd.name)
    part = tuple(child for child in catalog.partitions.get(relation.name, ()) if child != name)
    catalog.partitions[relation.name] = part
    if name in catalog.relations:
        partition = catalog.edit(name)
        partition.partition_of, partition.default_partition, partition.bound = None, False, None
        for index in list(partition.indexes.values()):
            partition.indexes[index.name] = replace(index, parent="")


def _inherit(catalog: Catalog, relation: Relation, command: tree.AlterTableCmd) -> None:
    parent = command.definition.relation if command.definition is not None else None
    if parent is not None:
        name = catalog.name_of(parent)
        relation.inherits = (*relation.inherits, name)
        catalog.partitions[name] = (*catalog.partitions.get(name, ()), relation.name)


def _no_inherit(catalog: Catalog, relation: Relation, command: tree.AlterTableCmd) -> None:
    parent = command.definition.relation if command.definition is not None else None
    if parent is not None:
        name = catalog.name_of(parent)
        relation.inherits = tuple(one for one in relation.inherits if one != name)
        catalog.partitions[name] = tuple(one for one in catalog.partitions.get(name, ()) if one != relation.name)


def _secure(_: Catalog, relation: Relation, command: tree.AlterTableCmd) -> None:
    relation.row_security = command.subtype == "AT_EnableRowSecurity"


def _log(_: Catalog, relation: Relation, command: tree.AlterTableCmd) -> None:
    relation.persistence = "p" if command.subtype == "AT_SetLogged" else "u"


_CHANGES: Final[dict[str, Callable[[Catalog, Relation, Any], None]]] = {
    "AT_AddColumn": _add_column,
    "AT_DropColumn": _drop_column,
    "AT_ColumnDefault": _default,
    "AT_SetNotNull": _set_not_null,
    "AT_DropNotNull": _drop_not_null,
    "AT_AlterColumnType": _alter_type,
    "AT_AddIdentity": _add_identity,
    "AT_DropIdentity": _drop_identity,
    "AT_DropExpression": _drop_expression,
    "AT_AddConstraint": _add_constraint,
    "AT_DropConstraint": _drop_constraint,
    "AT_ValidateConstraint": _validate,
    "AT_AlterConstraint": _alter_constraint,
    "AT_AttachPartition": _attach,
    "AT_DetachPartition": _detach,
    "AT_AddInherit": _inherit,
    "AT_DropInherit": _no_inherit,
    "AT_EnableRowSecurity": _secure,
    "AT_DisableRowSecurity": _secure,
    "AT_SetLogged": _log,
    "AT_SetUnLogged": _log,
}


def _alter_index(catalog: Catalog, node: tree.AlterTableStmt) -> None:
    for one in node.cmds:
        definition = one.command.definition
        if one.command.subtype == "AT_AttachPartition" and definition is not None and definition.partition is not None:
            part = definition.partition.name
            table = catalog.index_table(part.schemaname, part.relname)
            if table is not None:
                own = catalog.edit(table.name)
                own.indexes[part.relname] = replace(own.indexes[part.relname], parent=node.relation.relname)


def _moved(used: Uses, old: Name, new: Name) -> Uses:
    return replace(used, relations=used.relations - {old} | {new}) if old in used.relations else used


def rename(catalog: Catalog, node: tree.RenameStmt) -> None:
    """Fold ALTER … RENAME."""
    if node.rename_type == "OBJECT_SCHEMA":
        _rename_schema(catalog, node.subname, node.newname)
    elif node.relation is not None:
        name = catalog.name_of(node.relation)
        if name in catalog.relations and node.rename_type in _PARTS:
            _PARTS[node.rename_type](catalog, catalog.edit(name), node.subname, node.newname)
        elif node.rename_type in _RELATIONS and name in catalog.relations:
            move(catalog, name, (name[0], node.newname))
        elif node.rename_type in _RELATIONS or node.rename_type == "OBJECT_INDEX":
            rename_index(catalog, node.relation.schemaname, node.relation.relname, node.newname)
    elif node.object is not None and node.rename_type in ("OBJECT_TYPE", "OBJECT_DOMAIN"):
        _rename_type(catalog, node.object.name, node.newname)
    elif node.object is not None and node.rename_type in _ROUTINES:
        found = catalog.function(node.object.name)
        if found is not None:
            del catalog.functions[found.name]
            routine = (found.name[0], node.newname)
            catalog.functions[routine] = replace(found, name=routine)
            _rename_in_triggers(catalog, found.name[1], node.newname)


def _rename_in_triggers(catalog: Catalog, old: str, new: str) -> None:
    for name, relation in list(catalog.relations.items()):
        for trigger, function in list(relation.triggers.items()):
            if function[-1:] == (old,):
                catalog.edit(name).triggers[trigger] = (*function[:-1], new)


def _rename_columns(catalog: Catalog, relation: Relation, old: str, new: str) -> None:
    for one in _family(catalog, relation):
        _rename_column(catalog, one, old, new)


def _rename_trigger(_: Catalog, relation: Relation, old: str, new: str) -> None:
    relation.triggers[new] = relation.triggers.pop(old, ("",))
    statement = relation.statement_triggers
    relation.statement_triggers = statement | {new} if old in statement else statement - {new}


def _rename_policy(_: Catalog, relation: Relation, old: str, new: str) -> None:
    relation.policies = relation.policies - {old} | {new}
    relation.policy_uses = {new if policy == old else policy: used for policy, used in relation.policy_uses.items()}


def _rename_rule(_: Catalog, relation: Relation, old: str, new: str) -> None:
    relation.rules = relation.rules - {old} | {new}
    relation.rule_uses = {new if rule == old else rule: used for rule, used in relation.rule_uses.items()}


def _rename_column(catalog: Catalog, relation: Relation, old: str, new: str) -> None:
    relation.outputs = tuple(new if column == old else column for column in relation.outputs)
    for view in catalog.readers(relation.name):
        if (relation.name, old) in view.reads_columns:
            own = catalog.edit(view.name)
            own.reads_columns = own.reads_columns - {(relation.name, old)} | {(relation.name, new)}
        if (relation.name, old) in view.may_read:
            own = catalog.edit(view.name)
            own.may_read = own.may_read - {(relation.name, old)} | {(relation.name, new)}
    for sequence, other in list(catalog.relations.items()):
        if other.owned_by == (relation.name, old):
            catalog.edit(sequence).owned_by = relation.name, new
    if old not in relation.columns:
        return
    relation.columns = {new if name == old else name: column for name, column in relation.columns.items()}
    relation.columns[new] = replace(relation.columns[new], name=new)

    def renamed(columns: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(new if column == old else column for column in columns)

    for constraint in list(relation.constraints.values()):
        if old in constraint.columns:
            expression = _renamed_in(constraint.expression, old, new)
            changed = replace(constraint, columns=renamed(constraint.columns), expression=expression)
            relation.constraints[constraint.name] = changed
    for index in list(relation.indexes.values()):
        expressions = tuple(_renamed_in(one, old, new) for one in index.expressions)
        predicate = _renamed_in(index.predicate, old, new)
        if old in index.columns or (expressions, predicate) != (index.expressions, index.predicate):
            relation.indexes[index.name] = replace(
                index,
                columns=tuple(new if one == old else one for one in index.columns),
                expressions=expressions,
                predicate=predicate,
            )
    for other, constraint in catalog.referencing(relation.name):
        if old in constraint.referenced_columns:
            own = catalog.edit(other.name)
            changed = replace(constraint, referenced_columns=renamed(constraint.referenced_columns))
            own.constraints[constraint.name] = changed


def _renamed_in(expression: bytes, old: str, new: str) -> bytes:
    """Return an expression with a column's new name in the place of the old one."""
    if not expression or old.encode() not in expression:
        return expression
    field = b'"fields":[{"String":{"sval":%s}}]'
    return expression.replace(field % msgspec.json.encode(old), field % msgspec.json.encode(new))


def _rename_constraint(catalog: Catalog, relation: Relation, old: str, new: str) -> None:
    found = relation.constraints.pop(old, None)
    if found is None:
        return
    relation.constraints[new] = replace(found, name=new, index=new if found.index else "", generated_name=False)
    if found.index:
        rename_index(catalog, relation.name[0], found.index, new)


_PARTS: Final[dict[str, Callable[[Catalog, Relation, str, str], None]]] = {
    "OBJECT_COLUMN": _rename_columns,
    "OBJECT_ATTRIBUTE": _rename_columns,
    "OBJECT_TABCONSTRAINT": _rename_constraint,
    "OBJECT_TRIGGER": _rename_trigger,
    "OBJECT_POLICY": _rename_policy,
    "OBJECT_RULE": _rename_rule,
}


def rename_index(catalog: Catalog, schema: str, old: str, new: str) -> None:
    """Give an index, with the constraint that it stands behind, another name."""
    table = catalog.index_table(schema, old)
    if table is None:
        return
    relation = catalog.edit(table.name)
    index = relation.indexes.pop(old, None)
    if index is None:
        return
    if index.constraint in relation.constraints:
        constraint = relation.constraints.pop(index.constraint)
        relation.constraints[new] = replace(constraint, name=new, index=new)
    relation.indexes[new] = replace(index, name=new, constraint=new if index.constraint else "")
    catalog.indexes.pop((relation.name[0], old), None)
    catalog.indexes[relation.name[0], new] = relation.name


def move(catalog: Catalog, old: Name, new: Name) -> None:
    """Give a relation another name or schema, everywhere."""
    relation = catalog.edit(old)
    del catalog.relations[old]
    relation.name = new
    born = relation.born
    catalog.add(relation)
    relation.born = born
    for index in relation.indexes:
        catalog.indexes.pop((old[0], index), None)
        catalog.indexes[new[0], index] = new
    if old in catalog.partitions:
        catalog.partitions[new] = catalog.partitions.pop(old)
    for parent, children in list(catalog.partitions.items()):
        if old in children:
            catalog.partitions[parent] = tuple(new if child == old else child for child in children)
    for name, other in list(catalog.relations.items()):
        if other.partition_of == old:
            catalog.edit(name).partition_of = new
        if old in other.inherits:
            catalog.edit(name).inherits = tuple(new if one == old else one for one in other.inherits)
        if old in other.reads:
            own = catalog.edit(name)
            own.reads = other.reads - {old} | {new}
            own.reads_columns = frozenset(
                (new, column) if one == old else (one, column) for one, column in other.reads_columns
            )
            own.may_read = frozenset((new, column) if one == old else (one, column) for one, column in other.may_read)
        if any(old in used.relations for used in (*other.policy_uses.values(), *other.rule_uses.values())):
            own = catalog.edit(name)
            own.policy_uses = {one: _moved(used, old, new) for one, used in other.policy_uses.items()}
            own.rule_uses = {one: _moved(used, old, new) for one, used in other.rule_uses.items()}
        if other.owned_by is not None and other.owned_by[0] == old:
            own = catalog.edit(name)
            own.owned_by = (new, other.owned_by[1])
        for constraint in list(other.constraints.values()):
            if constraint.references == old:
                catalog.edit(name).constraints[constraint.name] = replace(constraint, references=new)
    for publication, tables in list(catalog.publications.items()):
        if old in tables:
            catalog.publications[publication] = tables - {old} | {new}
    if relation.kind is RelationKind.COMPOSITE and old in catalog.types:
        catalog.types[new] = replace(catalog.types.pop(old), name=new)


def _rename_type(catalog: Catalog, parts: tuple[str, ...], newname: str) -> None:
    found = catalog.user_type(parts)
    if found is None:
        return
    _move_type(catalog, found.name, (found.name[0], newname))


def _move_type(catalog: Catalog, old: Name, new: Name) -> None:
    if old in catalog.relations:
        move(catalog, old, new)
    elif old in catalog.types:
        catalog.types[new] = replace(catalog.types.pop(old), name=new)
    for name, relation in list(catalog.relations.items()):
        for column in list(relation.columns.values()):
            if (column.type.schema, column.type.name) == old:
                changed = replace(column, type=replace(column.type, schema=new[0], name=new[1]))
                catalog.edit(name).columns[column.name] = changed


def _rename_schema(catalog: Catalog, old: str, new: str) -> None:
    catalog.schemas[new] = catalog.schemas.pop(old, catalog.file)
    for schema, name in list(catalog.relations):
        if schema == old:
            move(catalog, (schema, name), (new, name))
    for kind in [kind for kind in catalog.types if kind[0] == old]:
        _move_type(catalog, kind, (new, kind[1]))
    for routine in [routine for routine in catalog.functions if routine[0] == old]:
        catalog.functions[new, routine[1]] = replace(catalog.functions.pop(routine), name=(new, routine[1]))


def set_schema(catalog: Catalog, node: tree.AlterObjectSchemaStmt) -> None:
    """Fold ALTER … SET SCHEMA; sequences of a table's columns go with it."""
    new = node.newschema
    if node.relation is not None:
        old = catalog.name_of(node.relation)
        if old in catalog.relations:
            owned = [name for name, one in catalog.relations.items() if one.owned_by and one.owned_by[0] == old]
            move(catalog, old, (new, old[1]))
            for name in owned:
                move(catalog, name, (new, name[1]))
    elif node.object is not None and node.object_type in ("OBJECT_TYPE", "OBJECT_DOMAIN"):
        found = catalog.user_type(node.object.name)
        if found is not None:
            _move_type(catalog, found.name, (new, found.name[1]))
    elif node.object is not None and node.object_type in _ROUTINES:
        function = catalog.function(node.object.name)
        if function is not None:
            del catalog.functions[function.name]
            name = (new, function.name[1])
            catalog.functions[name] = replace(function, name=name)
