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
    found = [name_of_target(target) for target in targets]
    aliases = [one.string.sval for one in node.aliases if one.string is not None]
    found[: len(aliases)] = aliases
    return tuple(found) if all(found) else ()


def _is_star(value: dict[str, Any]) -> bool:
    return names(value.get("ColumnRef", {}).get("fields", []))[-1:] == ("*",) or "A_Indirection" in value


def name_of_target(target: dict[str, Any]) -> str:
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
    if "SubLink" in value:
        return _name_of_subquery(value["SubLink"])
    return "coalesce" if "CoalesceExpr" in value else ""


def _name_of_subquery(link: dict[str, Any]) -> str:
    kind = link.get("subLinkType")
    if kind in _SUBQUERIES:
        return _SUBQUERIES[kind]
    select = link.get("subselect", {}).get("SelectStmt", {})
    while "larg" in select:
        select = select["larg"]
    targets = select.get("targetList", [])
    if kind != "EXPR_SUBLINK" or len(targets) != 1 or _is_star(targets[0].get("ResTarget", {}).get("val", {})):
        return ""
    return name_of_target(targets[0]["ResTarget"])


_SUBQUERIES = {"EXISTS_SUBLINK": "exists", "ARRAY_SUBLINK": "array"}
