"""Which columns does a view have, as far as its text spells them out?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from whimbrel.sql.expression import decoded, names

if TYPE_CHECKING:
    from whimbrel.sql import tree


def view_columns(node: tree.ViewStmt) -> tuple[str, ...]:
    """Return the columns' names in order; empty where a star, or an expression that nobody named, is among them."""
    query = decoded(node.query) or {}
    select = query.get("SelectStmt", {})
    while "larg" in select:
        select = select["larg"]
    targets = [one.get("ResTarget", {}) for one in select.get("targetList", [])]
    if not targets or any(_is_star(target.get("val", {})) for target in targets):
        return ()
    found = [_named(target) for target in targets]
    aliases = [one.string.sval for one in node.aliases if one.string is not None]
    found[: len(aliases)] = aliases
    return tuple(found) if all(found) else ()


def _is_star(value: dict[str, Any]) -> bool:
    return names(value.get("ColumnRef", {}).get("fields", []))[-1:] == ("*",) or "A_Indirection" in value


def _named(target: dict[str, Any]) -> str:
    """Return the name that the server gives a column; empty for what takes more rules than these."""
    if name := target.get("name"):
        return str(name)
    value = target.get("val", {})
    while "TypeCast" in value:
        value = value["TypeCast"].get("arg", {})
    if "ColumnRef" in value:
        return names(value["ColumnRef"].get("fields", []))[-1]
    if "FuncCall" in value:
        return names(value["FuncCall"].get("funcname", []))[-1]
    return "coalesce" if "CoalesceExpr" in value else ""
