"""Does a WHERE clause pick rows by a key and constants, so that they are few?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from whimbrel.sql.expression import decoded, names

if TYPE_CHECKING:
    from msgspec import Raw

    from whimbrel.schema.catalog import Relation


def picks_few(where: Raw, relation: Relation | None) -> bool:
    """Say whether it demands that a key be one of some constants; of a table not in sight `id` is taken for a key."""
    if not where:
        return False
    tree = decoded(where)
    both = tree.get("BoolExpr", {})
    parts = both.get("args", []) if both.get("boolop") == "AND_EXPR" else [tree]
    fixed = {column for part in parts if (column := _fixed(part.get("A_Expr", {})))}
    if not fixed:
        return False
    if relation is None:
        return "id" in fixed
    return any(
        index.unique and not index.partial and None not in index.columns and fixed.issuperset(index.columns)
        for index in relation.indexes.values()
    )


def _fixed(comparison: dict[str, Any]) -> str | None:
    """Return the column in `column = constant` or `column IN (constants)`."""
    kind, operator = comparison.get("kind"), names(comparison.get("name", []))
    if operator[-1:] != ("=",) or kind not in ("AEXPR_OP", "AEXPR_IN"):
        return None
    left, right = comparison.get("lexpr", {}), comparison.get("rexpr", {})
    if "ColumnRef" not in left:
        left, right = right, left
    if "ColumnRef" not in left:
        return None
    values = right["List"].get("items", []) if "List" in right else [right]
    if not all(_is_constant(value) for value in values):
        return None
    return names(left["ColumnRef"].get("fields", []))[-1]


def _is_constant(node: dict[str, Any]) -> bool:
    if "TypeCast" in node:
        return _is_constant(node["TypeCast"].get("arg", {}))
    return "A_Const" in node
