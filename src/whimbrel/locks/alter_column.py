"""What do the subcommands of ALTER TABLE that change a column lock, rewrite and scan?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from whimbrel.locks import alter_constraint
from whimbrel.locks.altered import demand_not_null
from whimbrel.locks.fall import Fall, default_sequences, owned_sequences, referenced, referencing
from whimbrel.pg_types.lock_mode import LockMode
from whimbrel.schema.catalog import Column, ConstraintKind, RelationKind, written
from whimbrel.schema.type_change import TypeChange, computes, has_constraint, type_change
from whimbrel.schema.types import SERIAL, type_of
from whimbrel.schema.view_reads import reads_column
from whimbrel.schema.volatility import volatile_function
from whimbrel.sql.expression import columns, decoded, holds
from whimbrel.sql.tree import constraints_of, names

if TYPE_CHECKING:
    from whimbrel.locks.altered import Altered
    from whimbrel.schema.catalog import Constraint, Index, Name, Relation, Type
    from whimbrel.sql import tree

AX: Final = LockMode.ACCESS_EXCLUSIVE
_FILLS: Final = frozenset({"CONSTR_DEFAULT", "CONSTR_IDENTITY", "CONSTR_GENERATED"})
_DEMANDS: Final = frozenset({"CONSTR_NOTNULL", "CONSTR_PRIMARY"})


def is_there(altered: Altered, column: str, *, missing_ok: bool = False) -> bool:
    """Say whether a column may be in the table; refuse it where it is certainly not."""
    relation = altered.relation
    if relation is None or column in relation.columns or column in altered.added or not relation.complete:
        return True
    if not missing_ok:
        altered.footprint.refuse(f"column {column} of {written(altered.name)} does not exist")
    return False


def add(altered: Altered, command: tree.AlterTableCmd) -> None:
    """ADD COLUMN, ADD ATTRIBUTE."""
    column = command.definition.column if command.definition is not None else None
    footprint, relation = altered.footprint, altered.relation
    if column is None or column.type_name is None:
        return
    if relation is not None and column.colname in relation.columns and column.colname not in altered.dropped:
        if not command.missing_ok:
            footprint.refuse(f"column {column.colname} of {written(altered.name)} exists")
        return
    if relation is not None and relation.kind is RelationKind.COMPOSITE:
        change_typed(altered, command)
        return
    if relation is not None and (relation.partition_of is not None or relation.of_type is not None):
        footprint.refuse(f"{written(altered.name)} is a partition or of a type: its columns are not its own")
    if not altered.recurse and relation is not None and footprint.catalog.partitions.get(altered.name):
        footprint.refuse(f"column {column.colname} must be added to the tables below {written(altered.name)} too")
    altered.added.add(column.colname)
    family = _gaining(altered, column.colname)
    constraints = constraints_of(column)
    kinds = {one.contype for one in constraints}
    if fills_rows(altered, column, constraints):
        footprint.rewrite(family)
    if kinds & _DEMANDS and not _gives_value(column, constraints) and not altered.is_empty:
        footprint.refuse(f"rows of {written(altered.name)} would have no value in {column.colname}, which is NOT NULL")
        footprint.unsure()  # without rows it is taken
    serial = _is_serial(column)
    if altered.partitioned and footprint.version < 17 and "CONSTR_IDENTITY" in kinds:
        footprint.refuse("an identity column of a table with partitions")
    if any(one.contype == "CONSTR_DEFAULT" and holds(one.raw_expr, "SubLink") for one in constraints):
        footprint.refuse("a default asks no query")
    for constraint in constraints:
        given = bool(kinds & _FILLS) or serial
        if constraint.contype == "CONSTR_FOREIGN" and given and not _gives_value(column, constraints):
            footprint.scan(family)  # DEFAULT NULL: rows are read, and nothing is looked up
            given = False
        alter_constraint.add_to(altered, constraint, inline=True, validates=given)


def _gaining(altered: Altered, column: str) -> list[Name]:
    """Lock a table and what is below it; return those that get a new column: an heir may have one of that name."""
    catalog = altered.footprint.catalog
    found = [altered.name]
    altered.footprint.lock(altered.name, altered.level)
    for name in found:  # grows as it is walked
        for child in catalog.partitions.get(name, ()) if altered.recurse else ():
            altered.footprint.lock(child, altered.level)
            below = catalog.relations.get(child)
            if child not in found and (below is None or column not in below.columns):
                found.append(child)
    return found


def _is_serial(column: tree.ColumnDef) -> bool:
    parts = names(column.type_name.names) if column.type_name is not None else ()
    return len(parts) == 1 and parts[0] in SERIAL


def left_null(altered: Altered, command: tree.AlterTableCmd) -> str:
    """Return the column that a subcommand adds without a value in any row; empty where it adds none."""
    column = command.definition.column if command.subtype == "AT_AddColumn" and command.definition is not None else None
    if column is None or (altered.relation is not None and column.colname in altered.relation.columns):
        return ""
    constraints = constraints_of(column)
    return "" if _gives_value(column, constraints) else column.colname


def _gives_value(column: tree.ColumnDef, constraints: list[tree.Constraint]) -> bool:
    if _is_serial(column):
        return True
    for one in constraints:
        if one.contype in ("CONSTR_IDENTITY", "CONSTR_GENERATED"):
            return True
        if one.contype == "CONSTR_DEFAULT":
            constant = decoded(one.raw_expr)
            return not (isinstance(constant, dict) and constant.get("A_Const", {}).get("isnull"))
    return False


def fills_rows(altered: Altered, column: tree.ColumnDef, constraints: list[tree.Constraint]) -> bool:
    """Say whether a new column's values are written into each row."""
    catalog = altered.footprint.catalog
    if column.type_name is None:
        return False
    if _is_serial(column) or has_constraint(type_of(column.type_name, catalog), catalog):
        return True
    for one in constraints:
        if one.contype == "CONSTR_IDENTITY":
            return True
        if one.contype == "CONSTR_GENERATED" and one.generated_kind != "v":
            return True
        if one.contype == "CONSTR_DEFAULT":
            uses = Column("", type_of(column.type_name, catalog), default=bytes(one.raw_expr))
            called = default_sequences(catalog, uses)
            if volatile_function(one.raw_expr, catalog) is not None:
                altered.footprint.lock_all(called, LockMode.ROW_EXCLUSIVE)
                return True
    return False


def drop(altered: Altered, command: tree.AlterTableCmd) -> None:
    """DROP COLUMN, DROP ATTRIBUTE."""
    footprint, relation = altered.footprint, altered.relation
    if relation is not None and relation.kind is RelationKind.COMPOSITE:
        change_typed(altered, command)
        return
    if not is_there(altered, command.name, missing_ok=command.missing_ok):
        return
    family = altered.lock_family()
    if not altered.recurse:
        altered.lock_heirs()
    if relation is None:
        return
    if command.name in relation.partition_key:
        footprint.refuse(f"column {command.name} is part of the partition key of {written(altered.name)}")
    _own_only(altered, command.name)
    for name in family:
        one = footprint.catalog.relations.get(name)
        if one is not None:
            Fall(footprint, command.behavior == "DROP_CASCADE", set(family)).column(one, command.name)


def _own_only(altered: Altered, column: str) -> None:
    """Refuse to change a column that a parent gives."""
    relation, catalog = altered.relation, altered.footprint.catalog
    if relation is None:
        return
    for parent in (relation.partition_of, *relation.inherits):
        above = catalog.relations.get(parent) if parent is not None else None
        if above is not None and column in above.columns:
            altered.footprint.refuse(f"column {column} is inherited from {written(above.name)}")


def set_not_null(altered: Altered, command: tree.AlterTableCmd) -> None:
    """SET NOT NULL."""
    altered.not_null.add(command.name)
    if is_there(altered, command.name):
        demand_not_null(altered, command.name)


def drop_not_null(altered: Altered, command: tree.AlterTableCmd) -> None:
    """DROP NOT NULL; 18 looks first whether there is one."""
    if not is_there(altered, command.name):
        return
    known = altered.relation.columns.get(command.name) if altered.relation is not None else None
    key = altered.relation.primary_key if altered.relation is not None else None
    if key is not None and command.name in key.columns and key.name not in altered.dropped:
        altered.footprint.refuse(f"column {command.name} is part of the primary key of {written(altered.name)}")
    if altered.footprint.version < 18 or known is None or known.not_null:
        altered.lock_family()
        if altered.footprint.version >= 18:
            altered.lock_heirs()


def change_type(altered: Altered, command: tree.AlterTableCmd) -> None:
    """ALTER COLUMN … TYPE, ALTER ATTRIBUTE … TYPE."""
    footprint, relation = altered.footprint, altered.relation
    column = command.definition.column if command.definition is not None else None
    if column is None or column.type_name is None or not is_there(altered, command.name):
        return
    if relation is not None and relation.kind is RelationKind.COMPOSITE:
        change_typed(altered, command)
        return
    family = altered.lock_family()
    known = relation.columns.get(command.name) if relation is not None else None
    if relation is None or known is None:
        footprint.rewrites_known = False
        footprint.unsure_of_scans()
        return
    if command.name in relation.partition_key:
        footprint.refuse(f"column {command.name} is part of the partition key of {written(altered.name)}")
    _own_only(altered, command.name)
    _refuse_users(altered, relation, command.name)
    catalog = footprint.catalog
    new = type_of(column.type_name, catalog)
    using = computes(column.raw_default, command.name)
    change = _change(altered, known, new, column, using=using)
    if change is None:
        footprint.rewrites_known = False
        footprint.unsure_of_scans()
    for name in family:
        below = catalog.relations.get(name)
        if below is not None:
            _apply(altered, below, command.name, change)
    sequences = [name for name, owned in owned_sequences(catalog, altered.name) if owned and owned[1] == command.name]
    if known.identity:
        footprint.lock_all(sequences, LockMode.SHARE_ROW_EXCLUSIVE)
        footprint.rewrites.update(sequences)
    if known.has_default and footprint.version >= 18:
        footprint.lock_all(sequences if not known.default else default_sequences(catalog, known), _AS)


_AS: Final = LockMode.ACCESS_SHARE


def _change(altered: Altered, known: Column, new: Type, column: tree.ColumnDef, *, using: bool) -> TypeChange | None:
    """Return what becomes of the table, None where it depends on a TimeZone that nobody knows."""
    footprint = altered.footprint
    name = names(column.coll_clause.collname)[-1] if column.coll_clause is not None else ""
    recollated = ("" if name == "default" else name) != known.collation
    found = {
        type_change(known.type, new, using=using, utc=utc, catalog=footprint.catalog, recollated=recollated)
        for utc in ((True, False) if footprint.utc is None else (footprint.utc,))
    }
    return found.pop() if len(found) == 1 else None


def _apply(altered: Altered, relation: Relation, column: str, change: TypeChange | None) -> None:
    footprint, catalog = altered.footprint, altered.footprint.catalog
    if change is TypeChange.REWRITE:
        footprint.rewrite([relation.name])
    elif change is not None:
        for index in relation.indexes.values():
            if _is_built_anew(index, column, change):
                footprint.scan([relation.name])
    for constraint in relation.constraints.values():
        if column not in constraint.columns or constraint.name in altered.dropped:
            continue
        if constraint.kind is ConstraintKind.CHECK and constraint.validated and constraint.enforced:
            footprint.scan([relation.name])
        elif constraint.kind is ConstraintKind.FOREIGN:
            targets = referenced(catalog, constraint)
            for target in targets:
                bare = len(targets) > 1 and footprint.version < 15 and not footprint.stored(target)
                footprint.lock(target, LockMode.SHARE_ROW_EXCLUSIVE if bare else AX)
            if change is TypeChange.REWRITE and constraint.validated and constraint.enforced:
                footprint.scan([relation.name, *targets])
        elif constraint.kind in (ConstraintKind.PRIMARY, ConstraintKind.UNIQUE):
            for other, foreign in referencing(catalog, relation, constraint):
                _referring(altered, relation, other, foreign, change)


def _referring(
    altered: Altered, relation: Relation, other: Relation, foreign: Constraint, change: TypeChange | None
) -> None:
    footprint = altered.footprint
    names_ = footprint.family(other.name, recurse=other.kind is RelationKind.PARTITIONED)
    footprint.lock_all(names_, AX)
    if change is TypeChange.REWRITE and foreign.validated and foreign.enforced:
        footprint.scan([*names_, *footprint.family(relation.name, recurse=relation.kind is RelationKind.PARTITIONED)])


def _is_built_anew(index: Index, column: str, change: TypeChange) -> bool:
    parts = (*index.expressions, index.predicate)
    if any(column in columns(part) for part in parts):
        return True
    if any(parts) and column in (*index.columns, *index.included):
        return True  # whether such an index stays as it is, the server does not ask
    return change is TypeChange.REINDEX and column in index.columns


def _refuse_users(altered: Altered, relation: Relation, column: str) -> None:
    """Views, policies and generated columns keep a column's type."""
    footprint = altered.footprint
    for view in footprint.catalog.readers(altered.name):
        if reads_column(view, relation, column) is not None:
            footprint.refuse(f"{written(view.name)} uses column {column}: the type of a view's column stays as it is")
    for policy, used in relation.policy_uses.items():
        if column in used.columns:
            footprint.refuse(f"policy {policy} uses column {column}")
    for other in relation.columns.values():
        if other.generated and other.name != column and column in columns(other.default):
            footprint.refuse(f"generated column {other.name} uses column {column}")


def change_typed(altered: Altered, command: tree.AlterTableCmd) -> None:
    """Follow a change of a composite type's attribute to the tables of that type, and to columns of it."""
    footprint, catalog = altered.footprint, altered.footprint.catalog
    changes_type = command.subtype == "AT_AlterColumnType"
    for relation in list(catalog.relations.values()):
        if relation.of_type == altered.name:
            if command.behavior != "DROP_CASCADE" and not command.recurse:
                footprint.refuse(
                    f"{written(relation.name)} is of type {written(altered.name)}: only CASCADE changes it"
                )
            footprint.lock(relation.name, altered.level)
            definition = command.definition.column if command.definition is not None else None
            known = relation.columns.get(command.name)
            if changes_type and known is not None and definition is not None and definition.type_name is not None:
                new = type_of(definition.type_name, catalog)
                _apply(altered, relation, command.name, _change(altered, known, new, definition, using=False))
        for column in relation.columns.values():
            if changes_type and (column.type.schema, column.type.name) == altered.name:
                footprint.refuse(f"column {column.name} of {written(relation.name)} is of this type")


def set_expression(altered: Altered, command: tree.AlterTableCmd) -> None:
    """SET EXPRESSION: what is stored is computed anew."""
    if not is_there(altered, command.name):
        return
    family = altered.lock_family()
    known = altered.relation.columns.get(command.name) if altered.relation is not None else None
    if known is None or known.generated != "v":
        altered.footprint.rewrite(family)


def set_default(altered: Altered, command: tree.AlterTableCmd) -> None:
    """SET DEFAULT, DROP DEFAULT."""
    if not is_there(altered, command.name):
        return
    altered.lock_family()
    known = altered.relation.columns.get(command.name) if altered.relation is not None else None
    if known is not None and (known.identity or known.generated):
        altered.footprint.refuse(f"the values of column {command.name} are generated")


def drop_expression(altered: Altered, command: tree.AlterTableCmd) -> None:
    """DROP EXPRESSION."""
    if not is_there(altered, command.name):
        return
    altered.lock_family()
    known = altered.relation.columns.get(command.name) if altered.relation is not None else None
    if known is not None and known.generated != "s" and not command.missing_ok:
        altered.footprint.refuse(f"column {command.name} is no stored generated column")


def add_identity(altered: Altered, command: tree.AlterTableCmd) -> None:
    """ADD GENERATED … AS IDENTITY."""
    if not is_there(altered, command.name):
        return
    if altered.footprint.version >= 17 and altered.partitioned:
        altered.lock_family()
    known = altered.relation.columns.get(command.name) if altered.relation is not None else None
    if known is not None and (known.identity or known.has_default):
        altered.footprint.refuse(f"column {command.name} has a default or an identity already")
    elif known is not None and not known.not_null and command.name not in altered.not_null:
        altered.footprint.refuse(f"column {command.name} is not NOT NULL: set that first")


def set_identity(altered: Altered, command: tree.AlterTableCmd) -> None:
    """SET GENERATED, RESTART, SET INCREMENT … of an identity column."""
    if not is_there(altered, command.name):
        return
    options = command.definition.options if command.definition is not None else None
    changed = {one.option.defname for one in options.items if one.option is not None} if options is not None else set()
    for sequence, owned in owned_sequences(altered.footprint.catalog, altered.name):
        if owned is not None and owned[1] == command.name:
            altered.footprint.lock(sequence, LockMode.SHARE_ROW_EXCLUSIVE)
            if changed - {"generated"}:
                altered.footprint.rewrites.add(sequence)


def drop_identity(altered: Altered, command: tree.AlterTableCmd) -> None:
    """DROP IDENTITY, which drops the sequence."""
    if not is_there(altered, command.name):
        return
    if altered.footprint.version >= 17 and altered.partitioned:
        altered.lock_family()
    for sequence, owned in owned_sequences(altered.footprint.catalog, altered.name):
        if owned is not None and owned[1] == command.name:
            altered.footprint.lock(sequence, AX)
