"""What do INSERT, UPDATE, DELETE, MERGE and COPY FROM lock and scan, with what foreign keys and defaults bring?

What a trigger's function or a rule does is not followed.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from whimbrel.locks.bound import routed
from whimbrel.locks.fall import default_sequences, owned_sequences
from whimbrel.locks.reader import Depth, Reader
from whimbrel.locks.reading import gather
from whimbrel.pg_types.lock_mode import LockMode
from whimbrel.schema.catalog import RelationKind
from whimbrel.schema.catalog import written as written_
from whimbrel.schema.volatility import volatile_function
from whimbrel.sql.expression import names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from whimbrel.locks.footprint import Footprint
    from whimbrel.schema.catalog import Catalog, Column, Constraint, Name, Relation

AS: Final = LockMode.ACCESS_SHARE
RS: Final = LockMode.ROW_SHARE
RX: Final = LockMode.ROW_EXCLUSIVE
_FOLLOWS_THE_KEY: Final = frozenset("cnd")
"""ON DELETE and ON UPDATE CASCADE, SET NULL, SET DEFAULT."""
_GIVEN: Final = object()
"""A value that is not written out."""


def _target(reader: Reader, fields: dict[str, Any]) -> tuple[Name, Relation | None]:
    """Return the table that is written to; below an updatable view its own."""
    footprint = reader.footprint
    written = fields["relation"]
    name = footprint.catalog.resolve(written.get("schemaname", ""), written["relname"])
    footprint.lock(name, RX)
    relation = footprint.find(name)
    if relation is not None and relation.kind is RelationKind.MATERIALIZED:
        footprint.refuse(f"{written_(name)} is a materialized view: only REFRESH changes it")
    look_at_bound(footprint, relation)
    while relation is not None and relation.kind is RelationKind.VIEW:
        if relation.triggers or relation.rules or len(relation.reads) != 1:
            footprint.unsure()
            return name, None
        if reader.depth < Depth.REWRITTEN:
            return name, None
        name = next(iter(relation.reads))
        footprint.lock(name, RX)
        relation = footprint.find(name)
    if relation is not None and (relation.triggers or relation.rules) and reader.depth is Depth.RUN:
        footprint.unsure()
    return name, relation


def insert(reader: Reader, fields: dict[str, Any]) -> None:
    """INSERT."""
    reader = reader.with_clause(fields)
    name, relation = _target(reader, fields)
    _refuse_columns(reader.footprint, relation, fields, fields.get("cols", ()))
    conflict = fields.get("onConflictClause", {})
    if reader.depth is Depth.RUN:
        ignored = _own_values(fields, relation)
        before = dict(reader.footprint.locks)
        for columns in _rows(fields, relation):
            given = columns and {column: value for column, value in columns.items() if column not in ignored}
            _inserted(reader, name, relation, given, conflicts=bool(conflict))
        if reader.footprint.locks != before and _may_have_no_row(fields.get("selectStmt", {})):
            reader.footprint.unsure()
        if conflict.get("action") == "ONCONFLICT_UPDATE":
            _perhaps(reader.footprint, lambda: _assigned(reader, name, relation, conflict.get("targetList", ())))
    reader.expressions([fields.get("selectStmt"), conflict, fields.get("returningClause")])


def _refuse_columns(
    footprint: Footprint, relation: Relation | None, fields: dict[str, Any], targets: Iterable[dict[str, Any]]
) -> None:
    """Refuse to write to columns that the table certainly does not have, and more values than it has columns."""
    written = fields["relation"]
    name = footprint.catalog.resolve(written.get("schemaname", ""), written["relname"])
    if relation is None or not relation.complete or relation.name != name:
        return
    listed = [one["ResTarget"]["name"] for one in targets]
    for column in listed:
        if column not in relation.columns:
            footprint.refuse(f"column {column} of {written_(relation.name)} does not exist")
    rows = fields.get("selectStmt", {}).get("SelectStmt", {}).get("valuesLists", ())
    if any(len(row["List"]["items"]) > len(listed or relation.columns) for row in rows):
        footprint.refuse(f"a row has more values than {written_(relation.name)} takes")


def _may_have_no_row(query: dict[str, Any]) -> bool:
    """Say whether a query reads tables or has a condition, so that rows decide whether it has one itself."""
    select = query.get("SelectStmt", query)
    if "larg" in select:
        sides = [_may_have_no_row(select[side]) for side in ("larg", "rarg")]
        return all(sides) or select["op"] != "SETOP_UNION"
    return any(part in select for part in ("whereClause", "havingClause", "limitCount")) or any(
        "RangeFunction" not in item for item in select.get("fromClause", ())
    )


def _perhaps(footprint: Footprint, follow: Callable[[], None]) -> None:
    """Follow what happens to some rows only: nobody knows to which, so what it locks is not named."""
    locks, scans = dict(footprint.locks), set(footprint.scans)
    follow()
    if footprint.locks != locks or footprint.scans != scans:
        footprint.unsure()
    footprint.locks, footprint.scans = locks, scans


def _own_values(fields: dict[str, Any], relation: Relation | None) -> set[str]:
    """Return the columns that take no given value after OVERRIDING USER VALUE."""
    if relation is None or fields.get("override") != "OVERRIDING_USER_VALUE":
        return set()
    return {column.name for column in relation.columns.values() if column.identity}


def _rows(fields: dict[str, Any], relation: Relation | None) -> list[dict[str, Any] | None]:
    """Return for each row, or once for a query, the given columns with values; None where nobody knows which."""
    written = [one["ResTarget"]["name"] for one in fields.get("cols", ())]
    columns = written or (list(relation.columns) if relation is not None else [])
    select = fields.get("selectStmt", {}).get("SelectStmt")
    if select is None:  # DEFAULT VALUES
        return [{}]
    if "valuesLists" in select:
        rows: list[dict[str, Any] | None] = []
        for one in select["valuesLists"]:
            items = one["List"]["items"]
            rows.append(
                {column: item for column, item in zip(columns, items, strict=False) if "SetToDefault" not in item}
            )
        return rows
    targets = [one["ResTarget"].get("val", {}) for one in select.get("targetList", ())]
    if any("A_Star" in part for one in targets for part in one.get("ColumnRef", {}).get("fields", ())) or not targets:
        return [dict.fromkeys(columns, _GIVEN)] if written else [None]
    values = [one if "A_Const" in one else _GIVEN for one in targets]
    return [dict(zip(columns, values, strict=False))]


def _inserted(
    reader: Reader, name: Name, relation: Relation | None, given: dict[str, Any] | None, *, conflicts: bool = False
) -> None:
    footprint, catalog = reader.footprint, reader.footprint.catalog
    if relation is None:
        return
    if given is None:
        footprint.unsure()  # as many columns as the query has
        return
    for column in relation.columns.values():
        if column.name not in given:
            _default(reader, relation, column)
    _into_partition(reader, relation, given)
    if conflicts:
        _perhaps(footprint, lambda: _keys(reader, relation, given))
    else:
        _keys(reader, relation, given)
    footprint.lock_all(footprint.catalog.above(name), AS)
    if not relation.complete and catalog.relations.get(name) is relation:
        footprint.unsure()


def _keys(reader: Reader, relation: Relation, given: dict[str, Any]) -> None:
    for constraint in relation.constraints.values():
        if constraint.references is not None and constraint.enforced:
            values = [given.get(column, _default_value(relation, column)) for column in constraint.columns]
            _refers(reader, relation, constraint, values)


def _default_value(relation: Relation, column: str) -> Any:
    known = relation.columns.get(column)
    return _GIVEN if known is not None and (known.has_default or known.identity or known.generated) else _NULL


_NULL: Final[dict[str, Any]] = {"A_Const": {"isnull": True}}


def _default(reader: Reader, relation: Relation, column: Column) -> None:
    """Lock the sequence that a column's default takes its value from."""
    footprint, catalog = reader.footprint, reader.footprint.catalog
    if column.identity or (column.has_default and not column.default):
        for sequence, owned in owned_sequences(catalog, relation.name):
            if owned is not None and owned[1] == column.name:
                footprint.lock(sequence, RX)
    if column.default:
        footprint.lock_all(default_sequences(catalog, column), RX)
        called = volatile_function(column.default, catalog)
        if called is not None and catalog.function((called,)) is not None:
            footprint.unsure()


def look_at_bound(footprint: Footprint, relation: Relation | None) -> None:
    """13 looks at a partition's bound before anything is done to its rows; later versions where a row is put in."""
    if footprint.version < 14 and relation is not None:
        footprint.lock_all(footprint.catalog.above(relation.name), AS)


def _into_partition(reader: Reader, relation: Relation, given: dict[str, Any]) -> None:
    footprint = reader.footprint
    here: Relation | None = relation
    while here is not None and here.kind is RelationKind.PARTITIONED:
        key = here.partition_key[0] if len(here.partition_key) == 1 else None
        value = given.get(key) if key is not None else None
        chosen = routed(footprint.catalog, here, value) if isinstance(value, dict) else None
        if chosen is None:
            footprint.unsure()
            return
        footprint.lock(chosen, RX)
        here = footprint.catalog.relations.get(chosen)


def _refers(reader: Reader, relation: Relation, constraint: Constraint, values: Iterable[Any]) -> None:
    """The row that a foreign key refers to is looked up and locked, unless the key is null."""
    footprint = reader.footprint
    target = constraint.references
    listed = list(values)
    if target is None or constraint.deferred or any(_is_null(value) for value in listed):
        return
    if target == relation.name and relation.kind is not RelationKind.PARTITIONED:
        return
    if any(value is _GIVEN or "A_Const" not in value for value in listed):
        footprint.unsure()
    footprint.lock(target, RS)
    found = footprint.find(target)
    if found is not None and found.kind is RelationKind.PARTITIONED:
        value = listed[0]
        chosen = routed(footprint.catalog, found, value) if len(listed) == 1 and isinstance(value, dict) else None
        if chosen is None:
            footprint.unsure()
        else:
            footprint.lock(chosen, RS)


def _is_null(value: Any) -> bool:
    return isinstance(value, dict) and bool(value.get("A_Const", {}).get("isnull"))


def _assigned(
    reader: Reader, name: Name, relation: Relation | None, targets: Iterable[dict[str, Any]], *, narrowed: bool = False
) -> None:
    """Follow SET: keys that refer to other tables, keys that others refer to, and defaults."""
    footprint = reader.footprint
    if relation is None or reader.depth is not Depth.RUN:
        return
    changed: dict[str, Any] = {}
    for one in targets:
        target = one["ResTarget"]
        value = target.get("val", {})
        if "ColumnRef" in value and names(value["ColumnRef"].get("fields", []))[-1] == target.get("name"):
            continue
        changed[target.get("name", "")] = value
        if "SetToDefault" in value and (column := relation.columns.get(target.get("name", ""))) is not None:
            _default(reader, relation, column)
    for constraint in relation.constraints.values():
        used = [changed[column] for column in constraint.columns if column in changed]
        if constraint.references is not None and used and constraint.enforced:
            before = dict(footprint.locks)
            _refers(reader, relation, constraint, used)
            if footprint.locks != before:
                footprint.unsure()  # nothing is looked up for a row whose key stays, nor where there is no row
    for other, foreign in footprint.catalog.reaching(name):
        if not foreign.referenced_columns or changed.keys() & set(foreign.referenced_columns):
            footprint.unsure()  # nothing happens where the key stays
            _referred(reader, other, foreign, foreign.on_update, set())
    if relation.partition_of is not None and footprint.catalog.relations.get(relation.partition_of) is not None:
        footprint.lock_all(footprint.catalog.above(relation.name), AS)
        if footprint.version >= 14 and narrowed:
            footprint.unsure()  # the bound is looked at for each row
    if relation.partition_key and changed.keys() & set(relation.partition_key):
        footprint.unsure()


def _referred(reader: Reader, other: Relation, foreign: Constraint, action: str, seen: set[Name]) -> None:
    """Follow the look at rows that refer to one that goes or changes its key."""
    footprint, catalog = reader.footprint, reader.footprint.catalog
    follows = action in _FOLLOWS_THE_KEY
    if other.name in seen or other.partition_of is not None or (foreign.deferred and action == "a"):
        return
    for name in footprint.family(other.name, recurse=other.kind is RelationKind.PARTITIONED):
        footprint.lock(name, RX if follows else RS)
        relation = catalog.relations.get(name)
        indexed = relation is not None and any(
            index.columns[:1] and index.columns[0] in foreign.columns for index in relation.indexes.values()
        )
        if not indexed:
            footprint.scan([name])
    if follows:
        if other.triggers or other.rules:
            footprint.unsure()
        if action == "c":
            _perhaps(footprint, lambda: _gone(reader, other.name, seen | {other.name}))


def _gone(reader: Reader, name: Name, seen: set[Name]) -> None:
    for other, foreign in reader.footprint.catalog.reaching(name):
        if foreign.enforced:
            _referred(reader, other, foreign, foreign.on_delete, seen)


def update(reader: Reader, fields: dict[str, Any]) -> None:
    """UPDATE."""
    reader = reader.with_clause(fields)
    name, relation = _target(reader, fields)
    _refuse_columns(reader.footprint, relation, fields, fields.get("targetList", ()))
    _from(reader, name, fields)
    _assigned(reader, name, relation, fields.get("targetList", ()), narrowed="whereClause" in fields)
    reader.expressions(fields.get(part) for part in ("targetList", "whereClause", "returningClause"))


def _from(reader: Reader, name: Name, fields: dict[str, Any]) -> None:
    """Follow the table that is changed and those that it is joined with."""
    conditions = gather(fields)
    conditions.star = True  # a row that is changed is read whole
    written = fields["relation"]
    items = [*fields.get("fromClause", ()), *fields.get("usingClause", ())]
    if "sourceRelation" in fields:
        items.append(fields["sourceRelation"])
    alone = not items
    alias = written.get("alias", {}).get("aliasname", written["relname"])
    catalog = reader.footprint.catalog
    base = catalog.relations.get(name)
    if base is not None and base.kind is RelationKind.VIEW:
        if base.rules:
            reader.footprint.unsure_of_scans()  # what they do instead is not followed
            return
        reader.named(name, AS, conditions, alias, alone=alone)
    elif base is not None and (base.indexes or base.partition_key) and _is_filtered(catalog, written):
        reader.footprint.unsure_of_scans()
        depth = Depth.REWRITTEN if base.partition_key else min(reader.depth, Depth.PLANNED)
        replace(reader, depth=depth).named(name, RX, conditions, alias, alone=alone)
    else:
        reader.named(name, RX, conditions, alias, alone=alone, inherited=written.get("inh", False))
    for item in items:
        reader.item(item, conditions, AS, None, alone=False)


def _is_filtered(catalog: Catalog, written: dict[str, Any]) -> bool:
    """Say whether what is written to is a view with conditions, or on one."""
    view = catalog.relations.get(catalog.resolve(written.get("schemaname", ""), written["relname"]))
    while view is not None and view.kind is RelationKind.VIEW:
        if view.filtered:
            return True
        view = catalog.relations.get(next(iter(view.reads), ("", "")))
    return False


def delete(reader: Reader, fields: dict[str, Any]) -> None:
    """DELETE."""
    reader = reader.with_clause(fields)
    name, relation = _target(reader, fields)
    _from(reader, name, fields)
    if relation is not None and reader.depth is Depth.RUN:
        if "whereClause" in fields and reader.footprint.catalog.reaching(name):
            reader.footprint.unsure()  # whether a row goes
        _gone(reader, name, {name})
    reader.expressions(fields.get(part) for part in ("whereClause", "returningClause"))


def merge(reader: Reader, fields: dict[str, Any]) -> None:
    """MERGE."""
    reader = reader.with_clause(fields)
    name, relation = _target(reader, fields)
    _from(reader, name, fields)
    for one in fields.get("mergeWhenClauses", ()):
        clause = one["MergeWhenClause"]
        if reader.depth is Depth.RUN:
            _perhaps(reader.footprint, partial(_merged, reader, name, relation, clause))
    reader.expressions([fields.get("joinCondition"), fields.get("mergeWhenClauses"), fields.get("returningClause")])


def _merged(reader: Reader, name: Name, relation: Relation | None, clause: dict[str, Any]) -> None:
    command = clause.get("commandType")
    if command == "CMD_INSERT":
        columns = [target["ResTarget"].get("name", "") for target in clause.get("targetList", ())]
        listed = [column for column in columns if column] or (list(relation.columns) if relation is not None else [])
        _inserted(reader, name, relation, dict(zip(listed, clause.get("values", ()), strict=False)))
    elif command == "CMD_UPDATE":
        _assigned(reader, name, relation, clause.get("targetList", ()))
    elif command == "CMD_DELETE" and relation is not None:
        _gone(reader, name, {name})


def copy_in(reader: Reader, name: Name, columns: list[str]) -> None:
    """COPY FROM: which rows come, nobody knows."""
    footprint = reader.footprint
    footprint.lock(name, RX)
    relation = footprint.find(name)
    if relation is None:
        return
    look_at_bound(footprint, relation)
    if relation.triggers or relation.rules:
        footprint.unsure()
    if relation.kind is RelationKind.PARTITIONED or any(one.references for one in relation.constraints.values()):
        footprint.unsure()
    for column in relation.columns.values():
        if columns and column.name not in columns and (column.identity or column.has_default):
            footprint.unsure()


FOLLOW: Final[dict[str, Callable[[Reader, dict[str, Any]], None]]] = {
    "InsertStmt": insert, "UpdateStmt": update, "DeleteStmt": delete, "MergeStmt": merge,
}  # fmt: skip
