"""Do a table's CHECKs prove that its rows lie inside a partition's bound, or outside?

The server proves it of any immutable expressions; here it is proved of comparisons of the key with constants, joined
by AND, OR and NOT, which is how such CHECKs are written. Where it is not, the table is said to be read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from whimbrel.schema.catalog import ConstraintKind, Relation
from whimbrel.schema.proves_not_null import is_proven_not_null
from whimbrel.sql.expression import decoded, names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from whimbrel.schema.catalog import Catalog, Constraint, Name
    from whimbrel.sql.tree import PartitionBound

Value = int | float | str
_Fact = tuple[str, tuple[Value | None, ...]]
"""A comparison's operator, and what the key is compared with."""
_FLIPPED: Final = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "<>": "<>"}
_NEGATED: Final = {"<": ">=", ">": "<=", "<=": ">", ">=": "<", "in": "not in", "not in": "in"}


def implies(relation: Relation, key: tuple[str | None, ...], bound: PartitionBound | None) -> bool:
    """Say whether the rows are certain to lie inside."""
    if bound is None or len(key) != 1 or key[0] is None or not _is_plain(bound):
        return False
    facts = list(_facts(relation, key[0]))
    if bound.strategy == "r":
        low, high = _limit(bound.lowerdatums), _limit(bound.upperdatums)
        return (
            is_proven_not_null(relation, key[0])
            and (low is None or any(_at_least(fact, low) for fact in facts))
            and (high is None or any(_below(fact, high) for fact in facts))
        )
    values = {_constant(decoded(one)) for one in bound.listdatums}
    inside = any(operator == "in" and set(listed) <= values for operator, listed in facts)
    return inside and (None in values or is_proven_not_null(relation, key[0]))


def keeps_out(relation: Relation, key: tuple[str | None, ...], bound: PartitionBound | None) -> bool:
    """Say whether no row is inside, as far as comparisons of the key tell."""
    if bound is None or len(key) != 1 or key[0] is None or not _is_plain(bound):
        return False
    if bound.strategy == "r":
        is_outside = _outside_range(_limit(bound.lowerdatums), _limit(bound.upperdatums))
    else:
        is_outside = _outside_list([_constant(decoded(one)) for one in bound.listdatums])
    return any(_excludes(decoded(one.expression), key[0], is_outside) for one in _checks(relation))


def _outside_range(low: Value | None, high: Value | None) -> Callable[[_Fact], bool]:
    return lambda fact: (low is not None and _below(fact, low)) or (high is not None and _at_least(fact, high))


def _outside_list(values: list[Value | None]) -> Callable[[_Fact], bool]:
    return lambda fact: None not in values and all(value is not None and _is_not(fact, value) for value in values)


def _is_not(fact: _Fact, value: Value) -> bool:
    """Say whether what meets a comparison cannot be a value."""
    operator, constants = fact
    if operator == "not in":
        return value in constants
    if operator == "in":
        return all(_compares(one, value) and one != value for one in constants)
    above, below = operator in (">", ">="), operator in ("<", "<=")
    strict = operator in (">", "<")
    return all(
        _compares(one, value) and ((above and one > value) or (below and one < value) or (strict and one == value))  # type: ignore[operator]
        for one in constants
    )


def _checks(relation: Relation) -> Iterator[Constraint]:
    for constraint in relation.constraints.values():
        if constraint.kind is ConstraintKind.CHECK and constraint.validated and constraint.enforced:
            yield constraint


def _excludes(tree: Any, column: str, is_outside: Callable[[_Fact], bool], *, negated: bool = False) -> bool:
    """Say whether rows that meet a condition lie outside; NULL is inside no bound that is looked at here."""
    match tree:
        case {"BoolExpr": {"boolop": "NOT_EXPR", "args": [part]}}:
            return _excludes(part, column, is_outside, negated=not negated)
        case {"BoolExpr": {"boolop": operator, "args": parts}}:
            enough = any if (operator == "AND_EXPR") is not negated else all
            return enough(_excludes(part, column, is_outside, negated=negated) for part in parts)
        case {"NullTest": {"nulltesttype": test, "arg": part}}:
            return _is_column(part, column) and test == ("IS_NOT_NULL" if negated else "IS_NULL")
        case {"A_Expr": {"kind": "AEXPR_BETWEEN" | "AEXPR_NOT_BETWEEN" as kind, "lexpr": left, "rexpr": right}}:
            low, high = (_constant(one) for one in right["List"]["items"])
            if not _is_column(left, column) or low is None or high is None:
                return False
            outside = (kind == "AEXPR_NOT_BETWEEN") is not negated
            ends = (("<", (low,)), (">", (high,))) if outside else ((">=", (low,)), ("<=", (high,)))
            return (all if outside else any)(is_outside(one) for one in ends)
    found = _comparison(tree, column)
    return found is not None and is_outside((_NEGATED[found[0]], found[1]) if negated else found)


def _facts(relation: Relation, column: str) -> Iterator[_Fact]:
    """Yield operator and constants of each comparison of a column that all rows are known to meet."""
    for constraint in _checks(relation):
        yield from _conjuncts(decoded(constraint.expression), column)


def _conjuncts(tree: Any, column: str, *, negated: bool = False) -> Iterator[_Fact]:
    match tree:
        case {"BoolExpr": {"boolop": "NOT_EXPR", "args": [part]}}:
            yield from _conjuncts(part, column, negated=not negated)
        case {"BoolExpr": {"boolop": operator, "args": parts}}:
            if (operator == "AND_EXPR") is not negated:
                for part in parts:
                    yield from _conjuncts(part, column, negated=negated)
        case {"A_Expr": {"kind": "AEXPR_BETWEEN", "lexpr": left, "rexpr": {"List": {"items": [low, high]}}}}:
            if _is_column(left, column) and not negated:
                yield ">=", (_constant(low),)
                yield "<=", (_constant(high),)
        case _:
            found = _comparison(tree, column)
            if found is not None:
                yield (_NEGATED[found[0]], found[1]) if negated else found


def _comparison(tree: Any, column: str) -> _Fact | None:
    match tree:
        case {"A_Expr": {"kind": "AEXPR_OP", "name": [{"String": {"sval": operator}}], "lexpr": left, "rexpr": right}}:
            if operator in _FLIPPED and _is_column(left, column):
                return _fact(operator, _constant(right))
            if operator in _FLIPPED and _is_column(right, column):
                return _fact(_FLIPPED[operator], _constant(left))
        case {
            "A_Expr": {
                "kind": "AEXPR_IN", "name": [{"String": {"sval": operator}}],
                "lexpr": left, "rexpr": {"List": {"items": items}},
            }
        }:  # fmt: skip
            if _is_column(left, column):
                return "in" if operator == "=" else "not in", tuple(_constant(item) for item in items)
        case {"A_Expr": {"kind": "AEXPR_OP_ANY", "lexpr": left, "rexpr": {"A_ArrayExpr": {"elements": items}}}}:
            if _is_column(left, column):
                return "in", tuple(_constant(item) for item in items)
    return None


def _fact(operator: str, value: Value | None) -> _Fact:
    return {"=": "in", "<>": "not in"}.get(operator, operator), (value,)


def _is_column(tree: Any, column: str) -> bool:
    return "ColumnRef" in tree and names(tree["ColumnRef"]["fields"])[-1] == column


def _constant(tree: Any) -> Value | None:
    """Return a literal's value; None for NULL and for what is no literal."""
    while "TypeCast" in tree:
        tree = tree["TypeCast"].get("arg", {})
    constant = tree.get("A_Const")
    if constant is None:
        return None
    if "ival" in constant:
        return int(constant["ival"].get("ival", 0))
    if "fval" in constant:
        return float(constant["fval"]["fval"])
    return constant["sval"].get("sval", "") if "sval" in constant else None


def _is_plain(bound: PartitionBound) -> bool:
    """Say whether a bound is written with literals, MINVALUE and MAXVALUE alone."""
    if bound.is_default or bound.strategy not in ("r", "l"):
        return False
    written = [decoded(one) for one in (*bound.lowerdatums, *bound.upperdatums, *bound.listdatums)]
    return all(
        _constant(one) is not None or "ColumnRef" in one or "isnull" in one.get("A_Const", {}) for one in written
    )


def _limit(datums: list[Any]) -> Value | None:
    """Return the end of a range; None for MINVALUE and MAXVALUE."""
    return _constant(decoded(datums[0])) if datums else None


def _at_least(fact: _Fact, low: Value) -> bool:
    operator, values = fact
    return operator in (">", ">=", "in") and all(_compares(value, low) and value >= low for value in values)  # type: ignore[operator]


def _below(fact: _Fact, high: Value) -> bool:
    operator, values = fact
    if operator == "<":
        return all(_compares(value, high) and value <= high for value in values)  # type: ignore[operator]
    return operator in ("<=", "in") and all(_compares(value, high) and value < high for value in values)  # type: ignore[operator]


def _compares(one: Value | None, other: Value) -> bool:
    """Say whether two literals have an order that we know: numbers, and dates and times as they are written."""
    if isinstance(one, str) or isinstance(other, str):
        return isinstance(one, str) and isinstance(other, str) and len(one) == len(other) and one[:4].isdigit()
    return one is not None


def routed(catalog: Catalog, parent: Relation, value: Any) -> Name | None:
    """Return the partition of a row whose key is a literal; None where that is not certain."""
    constant = _constant(value)
    if constant is None or len(parent.partition_key) != 1:
        return None
    default = None
    for child in catalog.partitions.get(parent.name, ()):
        partition = catalog.relations.get(child)
        bound = partition.bound if partition is not None else None
        if bound is None:
            return None
        if bound.is_default:
            default = child
        elif not _is_plain(bound):
            return None
        elif bound.strategy == "l":
            if any(_constant(decoded(one)) == constant for one in bound.listdatums):
                return child
        else:
            low, high = _limit(bound.lowerdatums), _limit(bound.upperdatums)
            if not all(end is None or _compares(constant, end) for end in (low, high)):
                return None
            if (low is None or constant >= low) and (high is None or constant < high):  # type: ignore[operator]
                return child
    return default


def is_empty_range(bound: PartitionBound) -> bool:
    """Say whether a range ends where it begins, or before."""
    if bound.strategy != "r" or len(bound.lowerdatums) != 1 or not _is_plain(bound):
        return False
    low, high = _limit(bound.lowerdatums), _limit(bound.upperdatums)
    return low is not None and high is not None and _compares(low, high) and low >= high  # type: ignore[operator]


def overlaps(one: PartitionBound, other: PartitionBound) -> bool:
    """Say whether two bounds of one table certainly share a value, as far as their literals tell."""
    if one.strategy != other.strategy or not _is_plain(one) or not _is_plain(other):
        return False
    if one.strategy == "l":
        return bool(_listed(one) & _listed(other))
    if len(one.lowerdatums) != 1 or len(other.lowerdatums) != 1:
        return False
    return _begins_before_end(one, other) and _begins_before_end(other, one)


def _listed(bound: PartitionBound) -> set[tuple[type, Value | None]]:
    return {(type(value), value) for value in (_constant(decoded(one)) for one in bound.listdatums)}


def _begins_before_end(one: PartitionBound, other: PartitionBound) -> bool:
    low, high = _limit(one.lowerdatums), _limit(other.upperdatums)
    return low is None or high is None or (_compares(low, high) and low < high)  # type: ignore[operator]
