"""What does ALTER TABLE lock, rewrite and scan? Also of views, sequences, composite types: what is altered by parts.

Each subcommand needs a lock of its own, the strongest of them is taken on all that the statement changes:
`AlterTableGetLockLevel` in the server's tablecmds.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from whimbrel.locks import alter_column, alter_constraint, partition
from whimbrel.locks.altered import Altered
from whimbrel.locks.fall import lock_sequences_of_defaults, owned_sequences
from whimbrel.locks.kin import refuse_heir
from whimbrel.pg_types.lock_mode import LockMode
from whimbrel.schema.catalog import Relation, RelationKind, written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from msgspec import Raw

    from whimbrel.locks.footprint import Footprint
    from whimbrel.sql import tree

SUX: Final = LockMode.SHARE_UPDATE_EXCLUSIVE
SRX: Final = LockMode.SHARE_ROW_EXCLUSIVE
AX: Final = LockMode.ACCESS_EXCLUSIVE
_LEVELS: Final = {
    "AT_SetStatistics": SUX, "AT_SetOptions": SUX, "AT_ResetOptions": SUX, "AT_ClusterOn": SUX, "AT_DropCluster": SUX,
    "AT_ValidateConstraint": SUX, "AT_AttachPartition": SUX, "AT_DetachPartitionFinalize": SUX,
    "AT_EnableTrig": SRX, "AT_EnableAlwaysTrig": SRX, "AT_EnableReplicaTrig": SRX, "AT_EnableTrigAll": SRX,
    "AT_EnableTrigUser": SRX, "AT_DisableTrig": SRX, "AT_DisableTrigAll": SRX, "AT_DisableTrigUser": SRX,
}  # fmt: skip
_STRONG_OPTIONS: Final = frozenset({"user_catalog_table", "security_barrier", "security_invoker", "check_option"})
_DROPS: Final = frozenset({"AT_DropColumn", "AT_DropConstraint"})
_RECURSE: Final = frozenset({"AT_SetStatistics", "AT_SetStorage", "AT_CookedColumnDefault"})
"""Subcommands that change catalogs alone, of the partitions and heirs too."""
_TRIGGERS: Final = (
    "AT_EnableTrig", "AT_EnableAlwaysTrig", "AT_EnableReplicaTrig", "AT_EnableTrigAll", "AT_EnableTrigUser",
    "AT_DisableTrig", "AT_DisableTrigAll", "AT_DisableTrigUser",
)  # fmt: skip


def alter_table(footprint: Footprint, node: tree.AlterTableStmt, raw: Raw | bytes) -> None:
    """Follow ALTER TABLE and its like."""
    if node.objtype == "OBJECT_INDEX":
        _alter_index(footprint, node)
        return
    name = footprint.catalog.name_of(node.relation)
    if name in footprint.catalog.indexes and name not in footprint.catalog.relations:
        return
    if node.missing_ok and footprint.absent(name):
        return
    relation = footprint.find(name)
    level = max(level_of(one.command) for one in node.cmds)
    footprint.lock(name, level)
    altered = Altered(footprint, name, relation, level, node.relation.inh)
    # Whatever their order, the server drops first.
    altered.dropped.update(one.command.name for one in node.cmds if one.command.subtype in _DROPS)
    altered.coming.update(_added(node))
    altered.unfilled.update(alter_column.left_null(altered, one.command) for one in node.cmds)
    if footprint.version >= 18:
        lock_sequences_of_defaults(footprint, raw)
    for one in node.cmds:
        command = one.command
        follow = _COMMANDS.get(command.subtype)
        if follow is not None:
            follow(altered, command)
        elif command.subtype in _RECURSE:
            altered.lock_family()


def _added(node: tree.AlterTableStmt) -> Iterator[str]:
    """Yield the columns that a statement adds."""
    for one in node.cmds:
        definition = one.command.definition
        if one.command.subtype == "AT_AddColumn" and definition is not None and definition.column is not None:
            yield definition.column.colname


def level_of(command: tree.AlterTableCmd) -> LockMode:
    """Return the lock that a subcommand needs on its table."""
    subtype, definition = command.subtype, command.definition
    if subtype in ("AT_SetRelOptions", "AT_ResetRelOptions", "AT_ReplaceRelOptions"):
        return AX if any(option in _STRONG_OPTIONS for option in _options(command)) else SUX
    if subtype == "AT_AddConstraint" and definition is not None and definition.constraint is not None:
        return SRX if definition.constraint.contype == "CONSTR_FOREIGN" else AX
    if subtype == "AT_DetachPartition" and definition is not None and definition.partition is not None:
        return SUX if definition.partition.concurrent else AX
    return _LEVELS.get(subtype, AX)


def _options(command: tree.AlterTableCmd) -> Iterator[str]:
    if command.definition is not None and command.definition.options is not None:
        for one in command.definition.options.items:
            if one.option is not None:
                yield one.option.defname.lower()


def _alter_index(footprint: Footprint, node: tree.AlterTableStmt) -> None:
    """ALTER INDEX locks the index alone, but for ATTACH PARTITION, which looks at both tables."""
    for one in node.cmds:
        definition = one.command.definition
        if one.command.subtype == "AT_AttachPartition" and definition is not None and definition.partition is not None:
            part = definition.partition.name
            for place in (node.relation, part):
                table = footprint.catalog.index_table(place.schemaname, place.relname)
                if table is None:
                    footprint.unsure_of_locks()
                    return
                footprint.lock(table.name, LockMode.ACCESS_SHARE)


def _persistence(altered: Altered, command: tree.AlterTableCmd) -> None:
    relation, footprint = altered.relation, altered.footprint
    new = "p" if command.subtype == "AT_SetLogged" else "u"
    if altered.partitioned and footprint.version >= 18:
        footprint.refuse(f"{written(altered.name)} itself holds no rows: its partitions can be changed")
    if altered.partitioned or (relation is not None and relation.persistence == new):
        return
    if relation is None:
        footprint.rewrite([altered.name])
        return
    if relation.kind is RelationKind.SEQUENCE:
        footprint.rewrites.add(altered.name)
        return
    _refuse_mixture(altered, relation, new)
    footprint.rewrite([altered.name])
    if footprint.version >= 15:
        for sequence, _owned in owned_sequences(footprint.catalog, altered.name):
            footprint.lock(sequence, AX)
            footprint.rewrites.add(sequence)


def _refuse_mixture(altered: Altered, relation: Relation, new: str) -> None:
    """What is logged refers to nothing that is not, and is all that can be published."""
    footprint = altered.footprint
    if new == "u":
        for publication, tables in footprint.catalog.publications.items():
            if altered.name in tables:
                footprint.refuse(f"{written(altered.name)} is part of publication {publication}")
        for other, constraint in footprint.catalog.referencing(altered.name):
            if other.name != altered.name and other.persistence == "p":
                footprint.refuse(f"{written(other.name)} refers to it by {constraint.name} and stays logged")
    else:
        for constraint in relation.constraints.values():
            target = footprint.catalog.relations.get(constraint.references) if constraint.references else None
            if target is not None and target.persistence == "u" and target.name != altered.name:
                footprint.refuse(f"{constraint.name} refers to {written(target.name)}, which is not logged")


def _tablespace(altered: Altered, command: tree.AlterTableCmd) -> None:
    footprint = altered.footprint
    if command.name == "pg_default":
        footprint.unsure()  # whether it is there already
    elif footprint.stored(altered.name):
        footprint.rewrites.add(altered.name)


def _access_method(altered: Altered, command: tree.AlterTableCmd) -> None:
    if command.name not in ("heap", ""):
        altered.footprint.rewrite([altered.name])


def _owner(altered: Altered, _: tree.AlterTableCmd) -> None:
    """The sequences change hands with it, if the owner is another."""
    sequences = owned_sequences(altered.footprint.catalog, altered.name)
    if altered.relation is not None and altered.relation.kind is RelationKind.SEQUENCE:
        if altered.relation.owned_by is not None:
            table, column = altered.relation.owned_by
            altered.footprint.refuse(f"the sequence belongs to {written(table)}.{column}")
        return
    for sequence, _owned in sequences:
        altered.footprint.lock(sequence, AX)
        altered.footprint.unsure()


_ALL_TRIGGERS: Final = frozenset({"AT_EnableTrigAll", "AT_DisableTrigAll"})


def _trigger(altered: Altered, command: tree.AlterTableCmd) -> None:
    """ENABLE and DISABLE TRIGGER; of the partitions only where the table above has triggers, or foreign keys'."""
    relation, footprint = altered.relation, altered.footprint
    if relation is None:
        return
    above = footprint.catalog.relations.get(relation.partition_of) if relation.partition_of is not None else None
    known = relation.triggers.keys() | (above.triggers.keys() if above is not None else set())
    if command.name and command.name not in known and relation.complete:
        footprint.refuse(f"trigger {command.name} of {written(altered.name)} does not exist")
    # Before 15 a partitioned table itself has no triggers of foreign keys.
    keys = (footprint.version >= 15 or not altered.partitioned) and (
        any(one.references for one in relation.constraints.values()) or footprint.catalog.referencing(altered.name)
    )
    by_row = relation.triggers.keys() - relation.statement_triggers
    met = (command.name in by_row if command.name else by_row) or (keys and command.subtype in _ALL_TRIGGERS)
    if altered.partitioned and met:
        altered.lock_family()


def _storage(altered: Altered, _: tree.AlterTableCmd) -> None:
    if altered.partitioned:
        altered.footprint.refuse(f"{written(altered.name)} itself holds no rows: its partitions have parameters")


def _by_index(altered: Altered, command: tree.AlterTableCmd) -> None:
    """CLUSTER ON, REPLICA IDENTITY USING INDEX."""
    identity = command.definition.identity if command.definition is not None else None
    name = identity.name if identity is not None else command.name
    relation = altered.relation
    if name and altered.partitioned and identity is None:
        altered.footprint.refuse(f"{written(altered.name)} itself holds no rows: its partitions can be clustered")
    if not name or relation is None or not relation.complete:
        return
    index = relation.indexes.get(name)
    if index is None:
        altered.footprint.refuse(f"{written(altered.name)} has no index {name}")
    elif identity is not None:
        nullable = [column for column in index.columns if column is None or not _is_not_null(relation, column)]
        if not index.unique or index.partial or nullable:
            altered.footprint.refuse(f"{name} is no unique index on NOT NULL columns alone, without WHERE")


def _is_not_null(relation: Relation, column: str) -> bool:
    return column not in relation.columns or relation.columns[column].not_null


def _inherit(altered: Altered, command: tree.AlterTableCmd) -> None:
    parent = command.definition.relation if command.definition is not None else None
    if altered.relation is not None and altered.relation.partition_of is not None:
        altered.footprint.refuse(f"{written(altered.name)} is a partition: its parent stays")
    if parent is None:
        return
    adds = command.subtype == "AT_AddInherit"
    above = altered.footprint.named(parent, SUX if adds else LockMode.ACCESS_SHARE)
    if adds:
        if above is not None and altered.relation is not None:
            refuse_heir(altered.footprint, above, altered.relation)
        # The server looks whether the new parent is below.
        altered.footprint.lock_all(altered.footprint.catalog.children(altered.name), LockMode.ACCESS_SHARE)


def _of(altered: Altered, command: tree.AlterTableCmd) -> None:
    from whimbrel.schema.types import type_of

    if command.definition is not None and command.definition.type_name is not None:
        type_ = type_of(command.definition.type_name, altered.footprint.catalog)
        altered.footprint.lock((type_.schema, type_.name), LockMode.ACCESS_SHARE)


_COMMANDS: Final[dict[str, Callable[[Altered, tree.AlterTableCmd], None]]] = {
    "AT_AddColumn": alter_column.add,
    "AT_DropColumn": alter_column.drop,
    "AT_SetNotNull": alter_column.set_not_null,
    "AT_DropNotNull": alter_column.drop_not_null,
    "AT_AlterColumnType": alter_column.change_type,
    "AT_SetExpression": alter_column.set_expression,
    "AT_AddIdentity": alter_column.add_identity,
    "AT_SetIdentity": alter_column.set_identity,
    "AT_DropIdentity": alter_column.drop_identity,
    "AT_AddConstraint": alter_constraint.add,
    "AT_DropConstraint": alter_constraint.drop,
    "AT_ValidateConstraint": alter_constraint.validate,
    "AT_AlterConstraint": alter_constraint.alter,
    "AT_AttachPartition": partition.attach,
    "AT_DetachPartition": partition.detach,
    "AT_DetachPartitionFinalize": partition.detach,
    "AT_SetLogged": _persistence,
    "AT_SetUnLogged": _persistence,
    "AT_SetTableSpace": _tablespace,
    "AT_SetAccessMethod": _access_method,
    "AT_ChangeOwner": _owner,
    "AT_AddInherit": _inherit,
    "AT_DropInherit": _inherit,
    "AT_AddOf": _of,
    "AT_ColumnDefault": alter_column.set_default,
    "AT_DropExpression": alter_column.drop_expression,
    **dict.fromkeys(_TRIGGERS, _trigger),
    "AT_SetRelOptions": _storage,
    "AT_ClusterOn": _by_index,
    "AT_ReplicaIdentity": _by_index,
}
FOLLOW: Final = {"AlterTableStmt": alter_table}
