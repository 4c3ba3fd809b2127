"""What do ALTER … RENAME, SET SCHEMA and OWNER TO lock?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from whimbrel.locks.fall import is_inherited, owned_sequences
from whimbrel.pg_types.lock_mode import LockMode
from whimbrel.schema.catalog import ConstraintKind, RelationKind, written
from whimbrel.schema.generated_names import unnamed_not_null
from whimbrel.sql.expression import decoded

if TYPE_CHECKING:
    from msgspec import Raw

    from whimbrel.locks.footprint import Footprint
    from whimbrel.schema.catalog import Name, Relation
    from whimbrel.sql import tree

AX: Final = LockMode.ACCESS_EXCLUSIVE


def rename(footprint: Footprint, node: tree.RenameStmt, _: Raw | bytes) -> None:
    """Follow RENAME: of an index it locks the index alone, of most other things nothing."""
    catalog = footprint.catalog
    if node.relation is None:
        found = catalog.user_type(node.object.name) if node.object is not None and _is_type(node) else None
        if found is not None and found.name in catalog.relations:
            footprint.lock(found.name, AX)
        return
    name = catalog.name_of(node.relation)
    if name not in catalog.relations and (node.rename_type == "OBJECT_INDEX" or name in catalog.indexes):
        return
    if node.missing_ok and footprint.absent(name):
        return
    footprint.lock(name, AX)
    relation = footprint.find(name)
    if relation is None:
        return
    if node.rename_type == "OBJECT_COLUMN":
        _column(footprint, relation, node)
    elif node.rename_type == "OBJECT_ATTRIBUTE":
        _attribute(footprint, relation, node)
    elif node.rename_type == "OBJECT_TABCONSTRAINT":
        _constraint(footprint, relation, node)
    elif node.rename_type == "OBJECT_TRIGGER" and relation.kind is RelationKind.PARTITIONED and footprint.version >= 15:
        footprint.lock_all(footprint.family(name), AX)
    elif node.rename_type == "OBJECT_TABLE" and (name[0], node.newname) in catalog.relations:
        footprint.refuse(f"{written((name[0], node.newname))} exists")


def _is_type(node: tree.RenameStmt) -> bool:
    return node.rename_type in ("OBJECT_TYPE", "OBJECT_DOMAIN")


def _column(footprint: Footprint, relation: Relation, node: tree.RenameStmt) -> None:
    if node.subname not in relation.columns and relation.complete:
        footprint.refuse(f"column {node.subname} of {written(relation.name)} does not exist")
        return
    if node.newname in relation.columns:
        footprint.refuse(f"column {node.newname} of {written(relation.name)} exists")
    for parent in (relation.partition_of, *relation.inherits):
        above = footprint.catalog.relations.get(parent) if parent is not None else None
        if above is not None and node.subname in above.columns:
            footprint.refuse(f"column {node.subname} is inherited from {written(above.name)}")
    if relation.of_type is not None:
        footprint.refuse(f"{written(relation.name)} is of a type: its columns are not its own")
    below = footprint.catalog.children(relation.name)
    if below and node.relation is not None and not node.relation.inh:
        footprint.refuse(f"column {node.subname} must be renamed in the tables below {written(relation.name)} too")
    footprint.lock_all(below, AX)


def _attribute(footprint: Footprint, relation: Relation, node: tree.RenameStmt) -> None:
    for other in footprint.catalog.relations.values():
        if other.of_type == relation.name:
            if node.behavior != "DROP_CASCADE":
                footprint.refuse(f"{written(other.name)} is of type {written(relation.name)}: only CASCADE changes it")
            footprint.lock(other.name, AX)


def _constraint(footprint: Footprint, relation: Relation, node: tree.RenameStmt) -> None:
    found = relation.constraints.get(node.subname)
    if found is None and footprint.version >= 18:
        found = unnamed_not_null(relation, node.subname)
    if found is None:
        if relation.complete:
            footprint.refuse(f"constraint {node.subname} of {written(relation.name)} does not exist")
        return
    if is_inherited(footprint.catalog, relation, found):
        footprint.refuse(f"constraint {node.subname} is inherited: rename it where it comes from")
    if found.kind in (ConstraintKind.CHECK, ConstraintKind.NOT_NULL) and not found.no_inherit:
        footprint.lock_all(footprint.family(relation.name), AX)


def set_schema(footprint: Footprint, node: tree.AlterObjectSchemaStmt, _: Raw | bytes) -> None:
    """Follow SET SCHEMA; a table takes its sequences along. Of a type, composite ones too, it locks no relation."""
    if node.relation is None:
        return
    name = footprint.catalog.name_of(node.relation)
    if node.missing_ok and footprint.absent(name):
        return
    footprint.lock(name, AX)
    relation = footprint.find(name)
    if relation is not None and relation.kind is RelationKind.SEQUENCE and relation.owned_by is not None:
        table, column = relation.owned_by
        footprint.refuse(f"the sequence belongs to {written(table)}.{column}")
    for sequence, _owner in owned_sequences(footprint.catalog, name):
        footprint.lock(sequence, AX)
    if name[0] != node.newschema:
        _refuse_taken(footprint, (node.newschema, name[1]))


def _refuse_taken(footprint: Footprint, name: Name) -> None:
    if name in footprint.catalog.relations:
        footprint.refuse(f"{written(name)} exists")


def set_owner(footprint: Footprint, node: tree.AlterOwnerStmt, _: Raw | bytes) -> None:
    """Follow OWNER TO of what is no relation; a composite type is one too."""
    if node.object_type == "OBJECT_TYPE" and node.object is not None:
        found = footprint.catalog.user_type(node.object.name)
        if found is not None and found.name in footprint.catalog.relations:
            footprint.lock(found.name, AX)


def depends(footprint: Footprint, _: Any, raw: Raw | bytes) -> None:
    """ALTER … DEPENDS ON EXTENSION."""
    fields = decoded(raw)
    mode = {"OBJECT_MATVIEW": AX, "OBJECT_TRIGGER": LockMode.ACCESS_SHARE}.get(fields.get("objectType", ""))
    if mode is not None:
        name = footprint.catalog.resolve(fields["relation"].get("schemaname", ""), fields["relation"]["relname"])
        footprint.lock(name, mode)
        footprint.find(name)


FOLLOW: Final[dict[str, Any]] = {
    "RenameStmt": rename, "AlterObjectSchemaStmt": set_schema, "AlterOwnerStmt": set_owner,
    "AlterObjectDependsStmt": depends,
}  # fmt: skip
