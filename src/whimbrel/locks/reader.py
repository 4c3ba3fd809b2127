"""What does a query lock and scan: all that it names, down to the tables below views and partitions?"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final

from whimbrel.locks.bound import routed
from whimbrel.locks.fall import named_sequence
from whimbrel.locks.reading import Conditions, Reading, gather, how_read
from whimbrel.pg_types.lock_mode import LockMode
from whimbrel.schema.catalog import RelationKind
from whimbrel.sql.expression import names, nodes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from whimbrel.locks.footprint import Footprint
    from whimbrel.schema.catalog import Name, Relation

AS: Final = LockMode.ACCESS_SHARE
RS: Final = LockMode.ROW_SHARE
RX: Final = LockMode.ROW_EXCLUSIVE
_LOOKING: Final = frozenset(
    {
        "lastval", "query_to_xml", "table_to_xml", "schema_to_xml", "database_to_xml", "ts_stat", "pg_get_viewdef",
        "pg_get_ruledef",
    }
)  # fmt: skip
"""Functions that look at relations which their arguments do not spell out."""
_SEQUENCE_CALLS: Final = {"nextval": RX, "setval": RX, "currval": AS}


class Depth(IntEnum):
    """How far the server goes with a query."""

    PARSED = 0
    """Only what it names is looked at: CREATE VIEW."""
    REWRITTEN = 1
    """Views are replaced by their queries: PREPARE, the body of an SQL function."""
    PLANNED = 2
    """Partitions and heirs are found: EXPLAIN."""
    RUN = 3


@dataclass(slots=True)
class Reader:
    """Follows one statement."""

    footprint: Footprint
    depth: Depth = Depth.RUN
    own: frozenset[str] = field(default_factory=frozenset)
    """Names of WITH queries that hide relations."""
    writing: Mapping[str, Callable[[Reader, dict[str, Any]], None]] = field(default_factory=dict)
    """What follows the statements that write."""

    def statement(self, kind: str, fields: dict[str, Any]) -> None:
        """Follow a statement of any kind that may stand in WITH, a rule or EXPLAIN."""
        if kind == "SelectStmt":
            self.select(fields)
        elif (follow := self.writing.get(kind)) is not None:
            follow(self, fields)

    def with_clause(self, fields: dict[str, Any]) -> Reader:
        """Follow the WITH queries; return a reader to which they are known."""
        clause = fields.get("withClause")
        if clause is None:
            return self
        tables = [one["CommonTableExpr"] for one in clause.get("ctes", ())]
        reader = self
        if clause.get("recursive"):
            reader = replace(reader, own=reader.own | {one["ctename"] for one in tables})
        used = _used(fields)
        for one in tables:
            for kind, query in one.get("ctequery", {}).items():
                unused = one["ctename"] not in used and reader.depth > Depth.REWRITTEN
                (replace(reader, depth=Depth.REWRITTEN) if unused else reader).statement(kind, query)
            reader = replace(reader, own=reader.own | {one["ctename"]})
        return reader

    def _named(self, fields: dict[str, Any]) -> Iterator[Name]:
        for kind, node in nodes(fields):
            if kind == "RangeVar":
                yield self.footprint.catalog.resolve(node.get("schemaname", ""), node["relname"])

    def select(self, fields: dict[str, Any], mode: LockMode = AS) -> None:
        """Follow a SELECT; `mode` is what a FOR UPDATE outside asks of it."""
        reader = self.with_clause(fields)
        if reader.depth is Depth.RUN and _takes_no_row(fields):
            reader = replace(reader, depth=Depth.PLANNED)
        elif reader.depth >= Depth.PLANNED and _is_never(fields.get("whereClause")):
            reader = replace(reader, depth=Depth.REWRITTEN)
            if any(name in self.footprint.catalog.partitions for name in self._named(fields)):
                self.footprint.unsure()  # whether heirs are looked for
        for side in ("larg", "rarg"):
            if side in fields:
                reader.select(fields[side], mode)
        locked = _locked(fields)
        conditions = gather(fields)
        items = fields.get("fromClause", ())
        tables = _tables(items)
        for item in items:
            reader.item(item, conditions, mode, locked, alone=tables == 1)
        skip = {"fromClause", "withClause", "larg", "rarg", "lockingClause"}
        reader.expressions(value for key, value in fields.items() if key not in skip)

    def item(
        self, item: dict[str, Any], conditions: Conditions, mode: LockMode, locked: set[str] | None, *, alone: bool
    ) -> None:
        """Follow a part of FROM. `locked` are the aliases that FOR UPDATE names, empty for all, None without it."""
        for kind, fields in item.items():
            if kind == "RangeVar":
                alias = fields.get("alias", {}).get("aliasname", fields["relname"])
                here = RS if locked is not None and (not locked or alias in locked) else mode
                self.table(fields, here, conditions, alone=alone)
            elif kind == "JoinExpr":
                for side in ("larg", "rarg"):
                    self.item(fields.get(side, {}), conditions, mode, locked, alone=False)
                self.expressions([fields.get("quals")])
            elif kind == "RangeSubselect":
                alias = fields.get("alias", {}).get("aliasname", "")
                here = RS if locked is not None and (not locked or alias in locked) else mode
                self.select(fields["subquery"].get("SelectStmt", {}), here)
            elif kind == "RangeTableSample":
                self.item(fields.get("relation", {}), conditions, mode, locked, alone=alone)
                self.footprint.unsure_of_scans()
            else:
                self.expressions([fields])

    def table(self, fields: dict[str, Any], mode: LockMode, conditions: Conditions, *, alone: bool) -> None:
        """Follow a relation that is read."""
        schema, called = fields.get("schemaname", ""), fields["relname"]
        if not schema and called in self.own:
            return
        name = self.footprint.catalog.resolve(schema, called)
        alias = fields.get("alias", {}).get("aliasname", called)
        self.named(name, mode, conditions, alias, alone=alone, inherited=fields.get("inh", False))

    def named(
        self, name: Name, mode: LockMode, conditions: Conditions, alias: str, *, alone: bool, inherited: bool = True
    ) -> None:
        """Lock a relation that is read or written by its conditions, and note how it is read."""
        footprint = self.footprint
        footprint.lock(name, mode)
        relation = footprint.find(name)
        if relation is not None and relation.kind is RelationKind.VIEW:
            if self.depth >= Depth.REWRITTEN:
                read_view(footprint, relation, mode, runs=self.depth is Depth.RUN,
                          narrowed=bool(conditions.touched), plans=self.depth >= Depth.PLANNED)  # fmt: skip
            return
        if relation is None and footprint.is_foreign(name):
            return
        members = [name]
        if self.depth >= Depth.PLANNED and relation is not None and relation.kind is RelationKind.PARTITIONED:
            footprint.lock_all(footprint.catalog.above(name), AS)
        if self.depth >= Depth.PLANNED and inherited and footprint.catalog.partitions.get(name):
            members = self.pruned(name, relation, conditions, alias)
            footprint.lock_all(members, mode)
        if self.depth is Depth.RUN:
            for member in members:
                self._read(member, alias, conditions, alone=alone, family=len(members) > 1)

    def pruned(self, name: Name, relation: Relation | None, conditions: Conditions, alias: str) -> list[Name]:
        """Return a table with the partitions and heirs that its conditions leave."""
        footprint = self.footprint
        members = [name]
        key = relation.partition_key if relation is not None else ()
        children = footprint.catalog.partitions.get(name, ())
        used = {column for _, column in conditions.touched}
        if relation is not None and used & {column for column in key if column}:
            value = conditions.constant(alias, key[0]) if len(key) == 1 and key[0] is not None else None
            chosen = routed(footprint.catalog, relation, value) if value is not None else None
            if chosen is None:
                footprint.unsure()
                footprint.scans_known = False
                return members
            children = (chosen,)
        for child in children:
            below = footprint.catalog.relations.get(child)
            members.extend(self.pruned(child, below, conditions, alias))
        return list(dict.fromkeys(members))

    def _read(self, name: Name, alias: str, conditions: Conditions, *, alone: bool, family: bool) -> None:
        footprint = self.footprint
        if not footprint.stored(name):
            return
        reading = how_read(footprint.catalog.relations.get(name), alias, conditions, alone=alone, family=family)
        if reading is Reading.SCAN:
            footprint.scan([name])
        elif reading is Reading.PLANNER:
            footprint.unsure_of_scans()

    def expressions(self, trees: Iterable[Any]) -> None:
        """Follow the queries and calls inside expressions."""
        stack = list(trees)
        while stack:
            here = stack.pop()
            if isinstance(here, list):
                stack.extend(here)
            elif isinstance(here, dict):
                for kind, fields in here.items():
                    if kind == "SelectStmt":
                        self.select(fields)
                        continue
                    if kind == "FuncCall":
                        self.call(fields)
                    if isinstance(fields, dict | list):
                        stack.append(fields)

    def call(self, fields: dict[str, Any]) -> None:
        """Follow a function: those of sequences lock them, a user's own does what its body says."""
        if self.depth is not Depth.RUN:
            return
        from whimbrel.sql.built_in import is_built_in

        parts = names(fields.get("funcname", []))
        known = self.footprint.catalog.function(parts) if parts[0] != "pg_catalog" else None
        if known is not None or not is_built_in(parts):
            self.footprint.unsure()
        elif (mode := _SEQUENCE_CALLS.get(parts[-1])) is not None:
            sequence = named_sequence(self.footprint.catalog, fields)
            if sequence == ("", ""):
                self.footprint.unsure()
            else:
                self.footprint.lock(sequence, mode)
        elif parts[-1] in _LOOKING:
            self.footprint.unsure()


def _used(fields: dict[str, Any]) -> set[str]:
    """Return the WITH queries that are run: those that write, and those that what is run reads."""
    queries = {one["CommonTableExpr"]["ctename"]: one["CommonTableExpr"] for one in fields["withClause"]["ctes"]}
    used = {name for name, one in queries.items() if "SelectStmt" not in one.get("ctequery", {})}
    rest = {key: value for key, value in fields.items() if key != "withClause"}
    pending: list[Any] = [{"rest": rest}, *(queries[name] for name in used)]
    while pending:
        for kind, node in nodes(pending.pop()):
            name = node.get("relname")
            if kind in ("RangeVar", "relation") and name in queries and name not in used:
                used.add(name)
                pending.append(queries[name])
    return used


def _takes_no_row(fields: dict[str, Any]) -> bool:
    """Say whether a query ends with LIMIT 0."""
    return bool(fields.get("limitCount", {}).get("A_Const", {}).get("ival") == {})


def _is_never(condition: Any) -> bool:
    """Say whether a condition is written so that no row meets it: false, or 1 = 0."""
    match condition:
        case {"A_Const": {"boolval": value}}:
            return not value.get("boolval", False)
        case {
            "A_Expr": {
                "kind": "AEXPR_OP", "name": [{"String": {"sval": "="}}],
                "lexpr": {"A_Const": {"ival": one}}, "rexpr": {"A_Const": {"ival": other}},
            }
        }:  # fmt: skip
            return bool(one != other)
    return False


def _locked(fields: dict[str, Any]) -> set[str] | None:
    """Return the aliases that FOR UPDATE and its like name, empty for all, None where there is none."""
    clauses = [one["LockingClause"] for one in fields.get("lockingClause", ())]
    if not clauses:
        return None
    if any("lockedRels" not in one for one in clauses):
        return set()
    return {rel["RangeVar"]["relname"] for one in clauses for rel in one["lockedRels"]}


def _tables(items: Iterable[dict[str, Any]]) -> int:
    count = 0
    for item in items:
        join = item.get("JoinExpr")
        count += 1 if join is None else _tables([join.get("larg", {}), join.get("rarg", {})])
    return count


def read_view(
    footprint: Footprint, view: Relation, mode: LockMode, *, runs: bool, narrowed: bool = False, plans: bool = True
) -> None:
    """Follow a view, or a materialized one that is filled, to what it is made from."""
    narrowed = narrowed or view.filtered
    depth = Depth.RUN if runs else Depth.PLANNED if plans else Depth.REWRITTEN
    reader = Reader(footprint, depth)
    conditions = Conditions()
    if narrowed and runs:
        # Which columns are meant in the end is not followed: the planner may use any index.
        conditions.limited = True
    conditions.star = True
    for name in sorted(view.reads):
        relation = footprint.catalog.relations.get(name)
        if narrowed and relation is not None and relation.partition_key:
            footprint.unsure_of_scans()  # which partitions are left
            reader_here = replace(reader, depth=Depth.REWRITTEN)
        elif narrowed and runs and relation is not None and relation.indexes:
            footprint.unsure_of_scans()
            reader_here = replace(reader, depth=Depth.PLANNED)
        else:
            reader_here = reader
        reader_here.named(name, mode, conditions, name[1], alone=False)
