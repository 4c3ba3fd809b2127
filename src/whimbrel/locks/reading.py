"""Will the server read this table row by row, or by an index? As far as a query's conditions tell."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from whimbrel.sql.expression import names, nodes

if TYPE_CHECKING:
    from whimbrel.schema.catalog import Relation


class Reading(Enum):
    """How the rows of a table are found."""

    SCAN = "scan"
    INDEX = "index"
    PLANNER = "planner"
    """The planner decides, by numbers that no text has."""


@dataclass(slots=True)
class Conditions:
    """Which columns the clauses of one query level speak of: each as (alias or empty, column)."""

    equal: set[tuple[str, str]] = field(default_factory=set)
    """Compared with a constant by `=`."""
    constants: dict[tuple[str, str], Any] = field(default_factory=dict)
    """The constants of those."""
    touched: set[tuple[str, str]] = field(default_factory=set)
    """In a condition at all, or in an order with a limit."""
    joined: set[tuple[str, str]] = field(default_factory=set)
    """In a condition together with another table's column."""
    named: set[tuple[str, str]] = field(default_factory=set)
    """Anywhere in the query."""
    star: bool = False
    limited: bool = False

    def of(self, columns: set[tuple[str, str]], alias: str, relation: Relation, *, alone: bool) -> set[str]:
        """Return those that are a relation's: written with its alias, or without one and of a name that it has."""
        return {
            column
            for written, column in columns
            if written == alias or (not written and (alone or column in relation.columns))
        }

    def constant(self, alias: str, column: str) -> Any:
        """Return the node that a column is compared with by `=`, None where it is with none."""
        return self.constants.get((alias, column), self.constants.get(("", column)))


def gather(fields: dict[str, Any]) -> Conditions:
    """Read the clauses of a SELECT, UPDATE, DELETE or MERGE."""
    found = Conditions()
    quals = [fields[part] for part in ("whereClause", "joinCondition") if part in fields]
    for item in (*fields.get("fromClause", ()), *fields.get("usingClause", ())):
        quals.extend(_joins(item, found))
    for qual in quals:
        _conjuncts(qual, found)
    for kind, node in nodes({"fields": [fields]}):
        if kind == "ColumnRef":
            parts = names(node.get("fields", []))
            found.star = found.star or parts[-1] == "*"
            found.named.add((parts[-2] if len(parts) > 1 else "", parts[-1]))
    if "limitCount" in fields:
        found.limited = True
        found.touched |= _columns(fields.get("sortClause", []))
    return found


def _joins(item: dict[str, Any], found: Conditions) -> list[Any]:
    quals = []
    join = item.get("JoinExpr")
    if join is not None:
        if "quals" in join:
            quals.append(join["quals"])
        found.joined |= {("", one["String"]["sval"]) for one in join.get("usingClause", ())}
        for side in ("larg", "rarg"):
            quals.extend(_joins(join.get(side, {}), found))
    return quals


def _conjuncts(tree: Any, found: Conditions) -> None:
    match tree:
        case {"BoolExpr": {"boolop": "AND_EXPR", "args": parts}}:
            for part in parts:
                _conjuncts(part, found)
            return
        case {"A_Expr": {"kind": "AEXPR_OP", "name": [{"String": {"sval": "="}}], "lexpr": left, "rexpr": right}}:
            one, other = _column(left), _column(right)
            if one is not None and other is not None and one[0] != other[0]:
                found.joined |= {one, other}
                return
            for column, value in ((one, right), (other, left)):
                if column is not None and not _columns(value) and "SubLink" not in value:
                    found.equal.add(column)
                    found.constants[column] = value
    found.touched |= _columns(tree)


def _column(tree: Any) -> tuple[str, str] | None:
    if "ColumnRef" not in tree:
        return None
    parts = names(tree["ColumnRef"].get("fields", []))
    return parts[-2] if len(parts) > 1 else "", parts[-1]


def _columns(tree: Any) -> set[tuple[str, str]]:
    found = set()
    for kind, node in nodes({"tree": [tree]} if isinstance(tree, dict) else {"tree": tree}):
        if kind == "ColumnRef":
            parts = names(node.get("fields", []))
            found.add((parts[-2] if len(parts) > 1 else "", parts[-1]))
    return found


def how_read(
    relation: Relation | None, alias: str, conditions: Conditions, *, alone: bool, family: bool = False
) -> Reading:
    """Say how a table is read; `alone` where it is the only one at its level, `family` where heirs are read with it."""
    narrowed = bool(conditions.touched) or conditions.limited
    if relation is None:
        return Reading.PLANNER if narrowed or conditions.joined else Reading.SCAN
    equal = conditions.of(conditions.equal, alias, relation, alone=alone)
    usable = conditions.of(conditions.touched, alias, relation, alone=alone)
    if narrowed or family:
        usable |= conditions.of(conditions.joined, alias, relation, alone=alone)
    named = conditions.of(conditions.named, alias, relation, alone=alone)
    reading = Reading.SCAN
    for index in relation.indexes.values():
        if index.unique and not index.partial and None not in index.columns and set(index.columns) <= equal:
            return Reading.INDEX
        leading = index.columns[0] if index.columns else None
        if (
            leading is None
            or leading in usable
            or index.partial
            or (not conditions.star and named and named <= {*index.columns, *index.included})
        ):
            reading = Reading.PLANNER
    return reading if relation.complete or not narrowed else Reading.PLANNER
