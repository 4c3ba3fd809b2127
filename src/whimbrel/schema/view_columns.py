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
    kind = next(iter(target.get("val", {})), "")
    return name_of_expression(target.get("val", {})) or ("?column?" if kind in _NAMELESS else "")


def name_of_expression(value: dict[str, Any]) -> str:
    """Return the name that the server makes of an expression; empty where it makes none, or one that is not known."""
    return _figure(value)[0]


def _figure(value: dict[str, Any]) -> tuple[str, bool]:
    """Return a name as PostgreSQL's FigureColname does, and whether it goes before that of a cast around it."""
    kind = next(iter(value), "")
    fields: dict[str, Any] = value.get(kind, {})
    if kind == "ColumnRef":
        return names(fields.get("fields", []))[-1], True
    if kind == "FuncCall":
        return names(fields.get("funcname", []))[-1], True
    if kind in _CALLED:
        return _CALLED[kind], True
    if kind == "MinMaxExpr":
        return ("least" if fields.get("op") == "IS_LEAST" else "greatest"), True
    if kind == "A_Expr" and fields.get("kind") == "AEXPR_NULLIF":
        return "nullif", True
    if kind == "CollateClause":
        return _figure(fields.get("arg", {}))
    if kind == "A_Indirection":
        attributes = [one["String"].get("sval", "") for one in fields.get("indirection", []) if "String" in one]
        return (attributes[-1], True) if attributes else _figure(fields.get("arg", {}))
    if kind == "TypeCast":
        name, first = _figure(fields.get("arg", {}))
        return (name, True) if first else (names(fields.get("typeName", {}).get("names", [{}]))[-1], False)
    if kind == "CaseExpr":
        name, first = _figure(fields.get("defresult", {}))
        return (name, True) if first else ("case", False)
    if kind == "SubLink":
        return _name_of_subquery(fields), True
    return "", False


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
_CALLED = {"CoalesceExpr": "coalesce", "A_ArrayExpr": "array", "RowExpr": "row", "GroupingFunc": "grouping"}
_NAMELESS = frozenset({"A_Expr", "A_Const", "BoolExpr", "NullTest", "BooleanTest"})
"""Kinds of expressions that have no name."""
