"""Which tables that were there before does a statement lock so that writers wait, and which are locked already?

Modes are those measured on PostgreSQL 13 to 18. Partitions come with their parent and are not named by themselves;
views stay out, since they have to be changed together with their tables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from whimbrel.lint.held_locks import HeldLocks
from whimbrel.lint.partition_proof import default_partition
from whimbrel.pg_types.lock_mode import LockMode
from whimbrel.schema.catalog import ConstraintKind
from whimbrel.sql.outside_transaction import switched_on

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.schema.catalog import Catalog, Name, Relation

Lock = tuple["Name", LockMode]
_AX: Final = LockMode.ACCESS_EXCLUSIVE
_SRX: Final = LockMode.SHARE_ROW_EXCLUSIVE


def strong_locks(statement: Statement, context: Context) -> HeldLocks:
    """Return the locks when a statement runs; it is to be asked for each of a file, in order."""
    if context.locks is None:
        context.locks = HeldLocks()
    context.locks.go_to(statement, own_locks(statement, context))
    return context.locks


def own_locks(statement: Statement, context: Context) -> dict[Name, LockMode]:
    """Return what a statement locks by itself, each with its strongest mode."""
    locks = _BY_KIND.get(statement.kind)
    if locks is None:
        return {}
    own: dict[Name, LockMode] = {}
    for name, mode in locks(statement.node, context.catalog):
        if own.get(name, 0) < mode and not context.is_new(name):
            own[name] = mode
    return own


_RELATIONS: Final = frozenset({"OBJECT_TABLE", "OBJECT_FOREIGN_TABLE", "OBJECT_MATVIEW"})
_PARTS: Final = frozenset({"OBJECT_COLUMN", "OBJECT_TABCONSTRAINT", "OBJECT_TRIGGER", "OBJECT_POLICY", "OBJECT_RULE"})


def _alter_table(node: Any, catalog: Catalog) -> Iterable[Lock]:
    if node.objtype not in _RELATIONS:
        return ()
    name = catalog.name_of(node.relation)
    if node.missing_ok and name not in catalog.relations:
        return ()
    found: list[Lock] = []
    for one in node.cmds:
        locks = _BY_COMMAND.get(one.command.subtype)
        if locks is None:
            found.append((name, _AX))
        else:
            found += locks(one.command, name, catalog)
    return found


def _weak(command: Any, name: Name, catalog: Catalog) -> Iterable[Lock]:  # noqa: ARG001 - one of several
    return ()


def _trigger(command: Any, name: Name, catalog: Catalog) -> Iterable[Lock]:  # noqa: ARG001 - one of several
    return ((name, _SRX),)


def _options(command: Any, name: Name, catalog: Catalog) -> Iterable[Lock]:  # noqa: ARG001 - one of several
    catalog_table = any(one.option.defname == "user_catalog_table" for one in command.definition.options.items)
    return ((name, _AX),) if catalog_table else ()


def _add_column(command: Any, name: Name, catalog: Catalog) -> Iterator[Lock]:
    yield name, _AX
    column, relation = command.definition.column, catalog.relations.get(name)
    if not (command.missing_ok and relation is not None and column.colname in relation.columns):
        yield from _references(column, name, catalog)


def _drop_column(command: Any, name: Name, catalog: Catalog) -> Iterator[Lock]:
    yield name, _AX
    relation = catalog.relations.get(name)
    for constraint in relation.constraints.values() if relation is not None else ():
        if constraint.references is not None and constraint.references != name and command.name in constraint.columns:
            yield constraint.references, _AX


def _alter_type(command: Any, name: Name, catalog: Catalog) -> Iterator[Lock]:
    """Both ends of a foreign key are locked, since it is made again."""
    yield from _drop_column(command, name, catalog)
    for relation, constraint in catalog.referencing(name):
        if command.name in constraint.referenced_columns and relation.name != name:
            yield relation.name, _AX


def _add_constraint(command: Any, name: Name, catalog: Catalog) -> Iterable[Lock]:
    constraint = command.definition.constraint
    if constraint.contype != "CONSTR_FOREIGN":
        return ((name, _AX),)
    return (name, _SRX), (catalog.name_of(constraint.pktable), _SRX)


def _drop_constraint(command: Any, name: Name, catalog: Catalog) -> Iterator[Lock]:
    yield name, _AX
    relation = catalog.relations.get(name)
    constraint = relation.constraints.get(command.name) if relation is not None else None
    if constraint is not None and constraint.references is not None:
        yield constraint.references, _AX


def _attach(command: Any, name: Name, catalog: Catalog) -> Iterator[Lock]:
    yield catalog.name_of(command.definition.partition.name), _AX
    yield from _default_partition(name, catalog)


def _detach(command: Any, name: Name, catalog: Catalog) -> Iterable[Lock]:
    partition = command.definition.partition
    return () if partition.concurrent else ((name, _AX), (catalog.name_of(partition.name), _AX))


_BY_COMMAND: Final[dict[str, Callable[[Any, Name, Catalog], Iterable[Lock]]]] = {
    **dict.fromkeys(
        (
            "AT_SetStatistics", "AT_SetOptions", "AT_ResetOptions", "AT_ClusterOn", "AT_DropCluster",
            "AT_ValidateConstraint", "AT_ReAddStatistics", "AT_DetachPartitionFinalize",
        ),
        _weak,
    ),
    **dict.fromkeys(
        (
            "AT_EnableTrig", "AT_EnableTrigAll", "AT_EnableTrigUser", "AT_EnableAlwaysTrig", "AT_EnableReplicaTrig",
            "AT_DisableTrig", "AT_DisableTrigAll", "AT_DisableTrigUser",
        ),
        _trigger,
    ),
    "AT_SetRelOptions": _options,
    "AT_ResetRelOptions": _options,
    "AT_AddColumn": _add_column,
    "AT_AddConstraint": _add_constraint,
    "AT_DropColumn": _drop_column,
    "AT_AlterColumnType": _alter_type,
    "AT_DropConstraint": _drop_constraint,
    "AT_AttachPartition": _attach,
    "AT_DetachPartition": _detach,
}  # fmt: skip
"""Subcommands that take something other than ACCESS EXCLUSIVE on the table alone."""


def _references(column: Any, own: Name, catalog: Catalog) -> Iterator[Lock]:
    for one in column.constraints:
        if one.constraint is not None and one.constraint.contype == "CONSTR_FOREIGN":
            other = catalog.name_of(one.constraint.pktable)
            if other != own:
                yield other, _SRX


def _default_partition(parent: Name, catalog: Catalog) -> Iterator[Lock]:
    found = default_partition(catalog, parent)
    if found is not None:
        yield found.name, _AX


def _create_table(node: Any, catalog: Catalog) -> Iterator[Lock]:
    own = catalog.name_of(node.relation)
    if node.if_not_exists and own in catalog.relations:
        return
    for element in node.table_elts:
        if element.column is not None:
            if element.column.constraints:
                yield from _references(element.column, own, catalog)
        elif element.constraint is not None and element.constraint.contype == "CONSTR_FOREIGN":
            other = catalog.name_of(element.constraint.pktable)
            if other != own:
                yield other, _SRX
    if node.partbound is not None:
        for one in node.inh_relations:
            parent = catalog.name_of(one.range_var)
            yield parent, _AX
            yield from _default_partition(parent, catalog)


def _drop(node: Any, catalog: Catalog) -> Iterator[Lock]:
    for one in node.objects:
        parts = one.name
        schema = parts[-2] if len(parts) > 1 else ""
        if node.remove_type in _RELATIONS:
            name = catalog.resolve(schema, parts[-1])
            if node.missing_ok and name not in catalog.relations:
                continue
            yield name, _AX
            for parent in parents(name, catalog):
                yield parent, _AX
        elif node.remove_type == "OBJECT_INDEX" and not node.concurrent:
            table = catalog.index_table(schema, parts[-1])
            if table is not None:
                yield table.name, _AX
        elif node.remove_type in _PARTS and len(parts) > 1:
            table_name = catalog.resolve(parts[-3] if len(parts) > 2 else "", parts[-2])
            if not node.missing_ok or _has(catalog.relations.get(table_name), parts[-1]):
                yield table_name, _AX


def _has(relation: Relation | None, part: str) -> bool:
    """Say whether a table has a trigger, policy or rule of this name."""
    return relation is not None and (part in relation.triggers or part in relation.policies or part in relation.rules)


def parents(name: Name, catalog: Catalog) -> list[Name]:
    """Return the tables that a table's foreign keys refer to, and the one that it is a partition of."""
    relation = catalog.relations.get(name)
    if relation is None:
        return []
    above = catalog.relations.get(relation.partition_of) if relation.partition_of is not None else None
    handed = above.constraints if above is not None else {}
    found = [
        one.references
        for one in relation.constraints.values()
        if one.kind is ConstraintKind.FOREIGN and one.name not in handed
    ]
    found.append(relation.partition_of)
    return list(dict.fromkeys(one for one in found if one is not None and one != name))


def _rename(node: Any, catalog: Catalog) -> Iterator[Lock]:
    kind = node.relation_type if node.rename_type == "OBJECT_COLUMN" else node.rename_type
    if node.relation is None or not (kind in _RELATIONS or kind in _PARTS):
        return
    name = catalog.name_of(node.relation)
    if name in catalog.relations or not (node.missing_ok or name in catalog.indexes):
        yield name, _AX


def _set_schema(node: Any, catalog: Catalog) -> Iterator[Lock]:
    if node.relation is not None and node.object_type in _RELATIONS:
        name = catalog.name_of(node.relation)
        if not node.missing_ok or name in catalog.relations:
            yield name, _AX


def _index(node: Any, catalog: Catalog) -> Iterator[Lock]:
    if not node.concurrent:
        yield catalog.name_of(node.relation), LockMode.SHARE


def _reindex(node: Any, catalog: Catalog) -> Iterator[Lock]:
    if node.relation is None or switched_on(node.params, "concurrently"):
        return
    if node.kind == "REINDEX_OBJECT_TABLE":
        yield catalog.name_of(node.relation), LockMode.SHARE
    elif table := catalog.index_table(node.relation.schemaname, node.relation.relname):
        yield table.name, LockMode.SHARE


def _truncate(node: Any, catalog: Catalog) -> Iterator[Lock]:
    for one in node.relations:
        name = catalog.name_of(one.range_var)
        yield name, _AX
        if node.behavior == "DROP_CASCADE":
            for relation, _ in catalog.referencing(name):
                yield relation.name, _AX


def _lock(node: Any, catalog: Catalog) -> Iterator[Lock]:
    if node.mode >= LockMode.SHARE:
        for one in node.relations:
            yield catalog.name_of(one.range_var), LockMode(node.mode)


def _cluster(node: Any, catalog: Catalog) -> Iterator[Lock]:
    if node.relation is not None:
        yield catalog.name_of(node.relation), _AX


def _refresh(node: Any, catalog: Catalog) -> Iterator[Lock]:
    yield catalog.name_of(node.relation), LockMode.EXCLUSIVE if node.concurrent else _AX


def _on_table(mode: LockMode, attribute: str = "relation") -> Callable[[Any, Catalog], Iterator[Lock]]:
    def locks(node: Any, catalog: Catalog) -> Iterator[Lock]:
        yield catalog.name_of(getattr(node, attribute)), mode

    return locks


_BY_KIND: Final[dict[str, Callable[[Any, Catalog], Iterable[Lock]]]] = {
    "AlterTableStmt": _alter_table,
    "CreateStmt": _create_table,
    "DropStmt": _drop,
    "RenameStmt": _rename,
    "AlterObjectSchemaStmt": _set_schema,
    "IndexStmt": _index,
    "ReindexStmt": _reindex,
    "CreateTrigStmt": _on_table(_SRX),
    "RuleStmt": _on_table(_AX),
    "CreatePolicyStmt": _on_table(_AX, "table"),
    "AlterPolicyStmt": _on_table(_AX, "table"),
    "TruncateStmt": _truncate,
    "LockStmt": _lock,
    "ClusterStmt": _cluster,
    "RefreshMatViewStmt": _refresh,
}
