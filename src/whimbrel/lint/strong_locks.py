"""Which tables that were there before does a statement lock so that writers wait, and which are locked already?

Modes are those measured on PostgreSQL 13 to 18. Partitions come with their parent and are not named by themselves;
views stay out, since they have to be changed together with their tables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from whimbrel.lint.held_locks import HeldLocks
from whimbrel.pg_types.lock_mode import LockMode
from whimbrel.schema.catalog import ConstraintKind
from whimbrel.sql.outside_transaction import switched_on

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.schema.catalog import Catalog, Name

Lock = tuple["Name", LockMode]
_AX: Final = LockMode.ACCESS_EXCLUSIVE
_SRX: Final = LockMode.SHARE_ROW_EXCLUSIVE


def strong_locks(statement: Statement, context: Context) -> HeldLocks:
    """Return the locks when a statement runs; for rules that look at every statement of a file."""
    if context.locks is None:
        context.locks = HeldLocks()
    if context.locks.statement is not statement:
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


_WEAK: Final = frozenset(
    {
        "AT_SetStatistics", "AT_SetOptions", "AT_ResetOptions", "AT_ClusterOn", "AT_DropCluster",
        "AT_ValidateConstraint", "AT_ReAddStatistics", "AT_DetachPartitionFinalize",
    }
)  # fmt: skip
_TRIGGERS: Final = frozenset(
    {
        "AT_EnableTrig", "AT_EnableTrigAll", "AT_EnableTrigUser", "AT_EnableAlwaysTrig", "AT_EnableReplicaTrig",
        "AT_DisableTrig", "AT_DisableTrigAll", "AT_DisableTrigUser",
    }
)  # fmt: skip
_RELATIONS: Final = frozenset({"OBJECT_TABLE", "OBJECT_FOREIGN_TABLE", "OBJECT_MATVIEW"})
_PARTS: Final = frozenset({"OBJECT_COLUMN", "OBJECT_TABCONSTRAINT", "OBJECT_TRIGGER", "OBJECT_POLICY", "OBJECT_RULE"})


def _alter_table(node: Any, catalog: Catalog) -> Iterable[Lock]:
    if node.objtype not in _RELATIONS:
        return ()
    name = catalog.name_of(node.relation)
    if len(node.cmds) == 1:
        return _command(node.cmds[0].command, name, catalog)
    return [lock for one in node.cmds for lock in _command(one.command, name, catalog)]


def _command(command: Any, name: Name, catalog: Catalog) -> Iterator[Lock]:
    subtype, definition = command.subtype, command.definition
    if subtype in _WEAK:
        return
    if subtype in _TRIGGERS:
        yield name, _SRX
    elif subtype in ("AT_SetRelOptions", "AT_ResetRelOptions"):
        if any(one.option.defname == "user_catalog_table" for one in definition.options.items):
            yield name, _AX
    elif subtype == "AT_AddConstraint" and definition.constraint.contype == "CONSTR_FOREIGN":
        yield name, _SRX
        yield catalog.name_of(definition.constraint.pktable), _SRX
    elif subtype == "AT_AttachPartition":
        yield catalog.name_of(definition.partition.name), _AX
        yield from _default_partition(name, catalog)
    elif subtype == "AT_DetachPartition":
        if not definition.partition.concurrent:
            yield name, _AX
            yield catalog.name_of(definition.partition.name), _AX
    else:
        yield name, _AX
        if subtype == "AT_AddColumn":
            yield from _references(definition.column, catalog)
        elif subtype == "AT_DropConstraint":
            relation = catalog.relations.get(name)
            constraint = relation.constraints.get(command.name) if relation is not None else None
            if constraint is not None and constraint.references is not None:
                yield constraint.references, _AX


def _references(column: Any, catalog: Catalog) -> Iterator[Lock]:
    for one in column.constraints:
        if one.constraint is not None and one.constraint.contype == "CONSTR_FOREIGN":
            yield catalog.name_of(one.constraint.pktable), _SRX


def _default_partition(parent: Name, catalog: Catalog) -> Iterator[Lock]:
    for child in catalog.partitions.get(parent, ()):
        if catalog.relations[child].default_partition:
            yield child, _AX


def _create_table(node: Any, catalog: Catalog) -> Iterator[Lock]:
    for element in node.table_elts:
        if element.column is not None:
            if element.column.constraints:
                yield from _references(element.column, catalog)
        elif element.constraint is not None and element.constraint.contype == "CONSTR_FOREIGN":
            yield catalog.name_of(element.constraint.pktable), _SRX
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
            yield name, _AX
            for parent in parents(name, catalog):
                yield parent, _AX
        elif node.remove_type == "OBJECT_INDEX" and not node.concurrent:
            table = catalog.index_table(schema, parts[-1])
            if table is not None:
                yield table.name, _AX
        elif node.remove_type in _PARTS and len(parts) > 1:
            yield catalog.resolve(parts[-3] if len(parts) > 2 else "", parts[-2]), _AX


def parents(name: Name, catalog: Catalog) -> list[Name]:
    """Return the tables that a table's foreign keys refer to, and the one that it is a partition of."""
    relation = catalog.relations.get(name)
    if relation is None:
        return []
    found = [one.references for one in relation.constraints.values() if one.kind is ConstraintKind.FOREIGN]
    found.append(relation.partition_of)
    return list(dict.fromkeys(one for one in found if one is not None and one != name))


def _rename(node: Any, catalog: Catalog) -> Iterator[Lock]:
    kind = node.relation_type if node.rename_type == "OBJECT_COLUMN" else node.rename_type
    if node.relation is not None and (kind in _RELATIONS or kind in _PARTS):
        yield catalog.name_of(node.relation), _AX


def _set_schema(node: Any, catalog: Catalog) -> Iterator[Lock]:
    if node.relation is not None and node.object_type in _RELATIONS:
        yield catalog.name_of(node.relation), _AX


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
