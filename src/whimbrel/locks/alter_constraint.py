"""What do the subcommands of ALTER TABLE that add, drop, validate or alter a constraint lock and scan?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from whimbrel.locks.altered import demand_not_null
from whimbrel.locks.fall import Fall, is_inherited, referenced
from whimbrel.pg_types.lock_mode import LockMode
from whimbrel.schema.catalog import ConstraintKind, RelationKind, written
from whimbrel.schema.generated_names import unnamed_not_null
from whimbrel.schema.proves_not_null import is_proven_not_null
from whimbrel.sql.tree import names

if TYPE_CHECKING:
    from whimbrel.locks.altered import Altered
    from whimbrel.locks.footprint import Footprint
    from whimbrel.schema.catalog import Constraint, Name, Relation
    from whimbrel.sql import tree

AX: Final = LockMode.ACCESS_EXCLUSIVE
SRX: Final = LockMode.SHARE_ROW_EXCLUSIVE
_INDEXED: Final = frozenset({"CONSTR_PRIMARY", "CONSTR_UNIQUE", "CONSTR_EXCLUSION"})


def add(altered: Altered, command: tree.AlterTableCmd) -> None:
    """ADD CONSTRAINT."""
    constraint = command.definition.constraint if command.definition is not None else None
    if constraint is not None:
        relation = altered.relation
        if relation is not None and constraint.conname in relation.constraints.keys() - altered.dropped:
            altered.footprint.refuse(f"constraint {constraint.conname} of {written(altered.name)} exists")
        add_to(altered, constraint, inline=False, validates=not constraint.skip_validation)


def add_to(altered: Altered, constraint: tree.Constraint, *, inline: bool, validates: bool) -> None:
    """Add a constraint; `inline` where it stands behind a column that the statement adds."""
    kind = constraint.contype
    enforced = constraint.is_enforced
    if kind == "CONSTR_CHECK":
        _check(altered, constraint, scans=enforced and (inline or validates))
    elif kind == "CONSTR_FOREIGN":
        _foreign(altered, constraint, validates=validates and enforced, inline=inline)
    elif kind in _INDEXED:
        _indexed(altered, constraint, inline=inline)
    elif kind == "CONSTR_NOTNULL" and not inline:
        _not_null(altered, constraint, validates=validates)


def _demand_columns(altered: Altered, columns: tuple[str, ...]) -> None:
    """Refuse a key of columns that the table certainly does not have."""
    relation = altered.relation
    for column in columns if relation is not None and relation.complete else ():
        if relation is not None and column not in relation.columns and column not in altered.coming:
            altered.footprint.refuse(f"column {column} of {written(altered.name)} does not exist")


def _check(altered: Altered, constraint: tree.Constraint, *, scans: bool) -> None:
    footprint = altered.footprint
    below = footprint.catalog.partitions.get(altered.name)
    if not altered.recurse and below and not constraint.is_no_inherit:
        footprint.refuse(f"the constraint must be added to the tables below {written(altered.name)} too")
    if constraint.is_no_inherit:
        if footprint.version >= 18:
            altered.lock_family()
        if scans:
            footprint.scan([altered.name])
        return
    family = altered.lock_family()
    if scans:
        footprint.scan(family)


def _not_null(altered: Altered, constraint: tree.Constraint, *, validates: bool) -> None:
    footprint = altered.footprint
    family = [altered.name] if constraint.is_no_inherit else altered.lock_family()
    if not validates:
        return
    for column in names(constraint.keys):
        for name in family:
            relation = footprint.catalog.relations.get(name)
            if relation is None or not is_proven_not_null(relation, column):
                footprint.scan([name])


def _foreign(altered: Altered, constraint: tree.Constraint, *, validates: bool, inline: bool) -> None:
    footprint = altered.footprint
    if constraint.pktable is None:
        return
    if altered.partitioned:
        if constraint.skip_validation and not inline and constraint.is_enforced and footprint.version < 18:
            footprint.refuse(
                f"a NOT VALID foreign key on a partitioned table ({written(altered.name)}) needs PostgreSQL 18"
            )
        own = altered.lock_family()
    else:
        own = [altered.name]
    target = footprint.catalog.name_of(constraint.pktable)
    targets = lock_referenced(altered, target)
    refuse_without_key(footprint, target, names(constraint.pk_attrs), altered.name)
    if footprint.version >= 18:
        altered.lock_family()
    if validates:
        footprint.scan(own)
        if not _is_null(altered, constraint):
            footprint.scan(targets)


def refuse_without_key(footprint: Footprint, target: Name, columns: tuple[str, ...], own: Name) -> None:
    """Refuse a foreign key to columns that no unique index of the table has, all of them and no other."""
    relation = footprint.catalog.relations.get(target)
    if relation is None or not relation.complete or target == own:
        return
    if not columns:
        if relation.primary_key is None:
            footprint.refuse(f"{written(target)} has no primary key")
        return
    keys = [one for one in relation.indexes.values() if one.unique and not one.partial and not one.expressions]
    if not any(sorted(columns) == sorted(part or "" for part in one.columns) for one in keys):
        footprint.refuse(f"no unique constraint of {written(target)} is on {', '.join(columns)}")


def _is_null(altered: Altered, constraint: tree.Constraint) -> bool:
    """Say whether no row has a key to be looked up: a column is new and without values, or nothing is in the table."""
    columns = names(constraint.fk_attrs)
    _demand_columns(altered, columns)
    return any(column in altered.unfilled for column in columns) or altered.is_empty


def lock_referenced(altered: Altered, target: Name) -> list[Name]:
    """Lock the table that a new foreign key refers to, with its partitions."""
    footprint = altered.footprint
    relation = footprint.find(target)
    partitioned = relation is not None and relation.kind is RelationKind.PARTITIONED
    targets = footprint.family(target, recurse=partitioned)
    footprint.lock_all(targets, SRX)
    return targets


def _indexed(altered: Altered, constraint: tree.Constraint, *, inline: bool) -> None:
    """PRIMARY KEY, UNIQUE, EXCLUDE: the index is built under the lock, unless it is there already."""
    footprint, relation = altered.footprint, altered.relation
    primary = constraint.contype == "CONSTR_PRIMARY"
    keys = names(constraint.keys)
    _demand_columns(altered, keys)
    before = relation.primary_key if relation is not None else None
    if primary and before is not None and before.name not in altered.dropped:
        footprint.refuse(f"{written(altered.name)} has a primary key already")
    if constraint.indexname:
        index = relation.indexes.get(constraint.indexname) if relation is not None else None
        keys = tuple(column for column in index.columns if column) if index is not None else ()
        if primary and index is None:
            footprint.unsure_of_scans()
        if index is not None and (not index.unique or index.partial or index.expressions):
            footprint.refuse(f"{index.name} is no unique index on columns alone, without WHERE")
    if altered.partitioned and relation is not None:
        if constraint.contype != "CONSTR_EXCLUSION" and any(one not in keys for one in relation.partition_key):
            footprint.refuse(f"a key of {written(altered.name)} must have all columns of its partition key")
        _below(altered, constraint, keys, primary=primary)
    elif primary and not inline:
        altered.lock_family()
        _demand_keys(altered, keys)
    if not constraint.indexname and (altered.recurse or not altered.partitioned):
        footprint.scan(altered.family if altered.partitioned else [altered.name])


def _below(altered: Altered, constraint: tree.Constraint, keys: tuple[str, ...], *, primary: bool) -> None:
    footprint = altered.footprint
    if constraint.contype == "CONSTR_EXCLUSION" and footprint.version < 17:
        footprint.refuse("an exclusion constraint on a partitioned table needs PostgreSQL 17")
    if footprint.version >= 18 and altered.recurse:
        altered.lock_family()
    elif altered.recurse:
        footprint.lock_all(altered.family[1:], LockMode.SHARE)
    if primary:
        _demand_keys(altered, keys)


def _demand_keys(altered: Altered, keys: tuple[str, ...]) -> None:
    """A primary key's columns become NOT NULL, in the heirs too."""
    for column in keys:
        if column not in altered.added:
            demand_not_null(altered, column)


def _find(altered: Altered, name: str, *, missing_ok: bool) -> Constraint | None:
    relation = altered.relation
    if relation is None:
        return None
    found = relation.constraints.get(name)
    if found is None and altered.footprint.version >= 18:
        found = unnamed_not_null(relation, name)
    if found is None and relation.complete:
        if not missing_ok:
            altered.footprint.refuse(f"constraint {name} of {written(altered.name)} does not exist")
    elif found is None:
        altered.footprint.unsure()
    return found


def drop(altered: Altered, command: tree.AlterTableCmd) -> None:
    """DROP CONSTRAINT."""
    footprint, catalog = altered.footprint, altered.footprint.catalog
    if altered.partitioned:
        # The server looks whether any partition is in use, even after ONLY.
        footprint.lock_all(footprint.family(altered.name), altered.level)
    found = _find(altered, command.name, missing_ok=command.missing_ok)
    if found is None or altered.relation is None:
        return
    if is_inherited(catalog, altered.relation, found):
        footprint.refuse(f"constraint {command.name} is inherited: drop it where it comes from")
    before = altered.relation.primary_key
    if found.kind is ConstraintKind.NOT_NULL and before is not None and before.name not in altered.dropped:
        for column in set(found.columns) & set(before.columns):
            footprint.refuse(f"column {column} is part of the primary key of {written(altered.name)}")
    if not altered.recurse and altered.partitioned and footprint.version < 18 and _handed_down(found):
        footprint.refuse(f"constraint {command.name} cannot be dropped from {written(altered.name)} ONLY")
    if _handed_down(found) and not found.no_inherit:
        altered.lock_family()
        altered.lock_heirs()
    Fall(footprint, command.behavior == "DROP_CASCADE", {altered.name}).constraint(altered.relation, found)


def _handed_down(constraint: Constraint) -> bool:
    return constraint.kind in (ConstraintKind.CHECK, ConstraintKind.NOT_NULL)


def validate(altered: Altered, command: tree.AlterTableCmd) -> None:
    """VALIDATE CONSTRAINT."""
    footprint, catalog = altered.footprint, altered.footprint.catalog
    found = _find(altered, command.name, missing_ok=False)
    if found is None:
        if altered.relation is None or not altered.relation.complete:
            footprint.scan([altered.name])
        return
    if not found.enforced:
        footprint.refuse(f"constraint {command.name} is NOT ENFORCED")
        return
    if found.validated:
        return
    if found.kind is ConstraintKind.FOREIGN:
        own = altered.lock_family() if altered.partitioned else [altered.name]
        targets = referenced(catalog, found)
        for target in targets[:1]:
            footprint.lock(target, LockMode.ROW_SHARE)
            footprint.find(target)
        footprint.lock_all(targets, LockMode.ACCESS_SHARE)
        footprint.scan([*own, *targets])
        return
    family = [altered.name] if found.no_inherit else altered.lock_family()
    footprint.scan(name for name in family if not _is_validated(catalog.relations.get(name), command.name))


def _is_validated(relation: Relation | None, name: str) -> bool:
    constraint = relation.constraints.get(name) if relation is not None else None
    return constraint is not None and constraint.validated


def alter(altered: Altered, command: tree.AlterTableCmd) -> None:
    """ALTER CONSTRAINT: deferrability, and on 18 enforcement and inheritance."""
    footprint, catalog = altered.footprint, altered.footprint.catalog
    change = command.definition.alter_constraint if command.definition is not None else None
    found = _find(altered, change.conname, missing_ok=False) if change is not None else None
    if change is None or found is None:
        return
    if change.alter_inheritability:
        altered.lock_family()
    elif found.kind is not ConstraintKind.FOREIGN:
        footprint.refuse(f"constraint {change.conname} is no foreign key")
    if altered.partitioned:
        altered.lock_family()
    if not change.alter_enforceability or found.enforced == change.is_enforced:
        return
    targets = referenced(catalog, found)
    if change.is_enforced:
        footprint.lock_all(targets, SRX)
        footprint.scan([*(altered.family if altered.partitioned else [altered.name]), *targets])
    else:
        footprint.lock_all(targets, AX)
