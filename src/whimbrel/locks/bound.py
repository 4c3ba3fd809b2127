"""Do a table's CHECKs prove that its rows lie inside a partition's bound, or outside?

The server proves it of any immutable expressions; here it is proved where a CHECK joins comparisons of the key with
constants by AND, which is how such CHECKs are written. Where it is not, the table is said to be read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from whimbrel.schema.catalog import ConstraintKind, Relation
from whimbrel.schema.proves_not_null import is_proven_not_null
from whimbrel.sql.expression import decoded, names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.schema.catalog import Catalog, Name
    from whimbrel.sql.tree import PartitionBound

Value = int | float | str
_FLIPPED: Final = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "="}


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
    """Say whether no row is inside, as far as one comparison of the key tells."""
    if bound is None or len(key) != 1 or key[0] is None or bound.strategy != "r" or not _is_plain(bound):
        return False
    low, high = _limit(bound.lowerdatums), _limit(bound.upperdatums)
    facts = list(_facts(relation, key[0]))
    below = low is not None and any(_below(fact, low) for fact in facts)
    return below or (high is not None and any(_at_least(fact, high) for fact in facts))


def _facts(relation: Relation, column: str) -> Iterator[tuple[str, tuple[Value | None, ...]]]:
    """Yield operator and constants of each comparison of a column that all rows are known to meet."""
    for constraint in relation.constraints.values():
        if constraint.kind is ConstraintKind.CHECK and constraint.validated and constraint.enforced:
            yield from _conjuncts(decoded(constraint.expression), column)


def _conjuncts(tree: Any, column: str) -> Iterator[tuple[str, tuple[Value | None, ...]]]:
    match tree:
        case {"BoolExpr": {"boolop": "AND_EXPR", "args": parts}}:
            for part in parts:
                yield from _conjuncts(part, column)
        case {"A_Expr": {"kind": "AEXPR_OP", "name": [{"String": {"sval": operator}}], "lexpr": left, "rexpr": right}}:
            if operator in _FLIPPED and _is_column(left, column):
                yield _fact(operator, _constant(right))
            elif operator in _FLIPPED and _is_column(right, column):
                yield _fact(_FLIPPED[operator], _constant(left))
        case {"A_Expr": {"kind": "AEXPR_IN", "lexpr": left, "rexpr": {"List": {"items": items}}}}:
            if _is_column(left, column):
                yield "in", tuple(_constant(item) for item in items)
        case {"A_Expr": {"kind": "AEXPR_OP_ANY", "lexpr": left, "rexpr": {"A_ArrayExpr": {"elements": items}}}}:
            if _is_column(left, column):
                yield "in", tuple(_constant(item) for item in items)


def _fact(operator: str, value: Value | None) -> tuple[str, tuple[Value | None, ...]]:
    return ("in" if operator == "=" else operator), (value,)


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


def _at_least(fact: tuple[str, tuple[Value | None, ...]], low: Value) -> bool:
    operator, values = fact
    return operator in (">", ">=", "in") and all(_compares(value, low) and value >= low for value in values)  # type: ignore[operator]


def _below(fact: tuple[str, tuple[Value | None, ...]], high: Value) -> bool:
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
