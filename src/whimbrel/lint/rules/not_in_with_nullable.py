"""Does one NULL make NOT IN empty?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.sql.expression import names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement

CARD = Card(
    code="WB507",
    name="not-in-with-nullable",
    severity=Severity.ADVICE,
    title="NOT IN with NULLs",
    condition=(
        "NOT IN with a sub-select whose column may be NULL as far as the migrations tell, or with a list that "
        "has a NULL."
    ),
    effect=(
        "One NULL in the list makes NOT IN neither true nor false for every other row, so the query finds "
        "nothing, in silence. With a large sub-select it is slow too, since it is not planned as an anti- "
        "join."
    ),
    remedy="Use NOT EXISTS.",
    safe="DELETE FROM orders o WHERE NOT EXISTS (SELECT FROM users u WHERE u.id = o.user_id);",
    on=False,
    sources=("https://wiki.postgresql.org/wiki/Don%27t_Do_This#Don.27t_use_NOT_IN",),
)
KINDS = (
    "BoolExpr:NOT_EXPR@in",
    "A_Expr:isnull@in",
)


def check(statement: Statement, node: dict[str, Any], context: Context) -> Iterator[Found]:
    """Look at a NOT, or at a list."""
    if "boolop" in node:
        link = node["args"][0].get("SubLink", {}) if node["boolop"] == "NOT_EXPR" else {}
        if link.get("subLinkType") != "ANY_SUBLINK" or "operName" in link:
            return
        if not _never_null(link.get("subselect", {}).get("SelectStmt", {}), context):
            yield Found(
                "NOT IN finds nothing as soon as its sub-select returns one NULL", statement.at(node["location"])
            )
    elif node.get("kind") == "AEXPR_IN" and names(node.get("name", [])) == ("<>",):
        items = node.get("rexpr", {}).get("List", {}).get("items", [])
        if any(one.get("A_Const", {}).get("isnull") for one in items):
            yield Found("NOT IN with a NULL in its list finds nothing", statement.at(node["location"]))


_COMPARE = frozenset({"=", "<", ">", "<=", ">=", "<>"})
_STRICT = frozenset({"AEXPR_LIKE", "AEXPR_ILIKE", "AEXPR_BETWEEN", "AEXPR_IN"})


def _never_null(query: dict[str, Any], context: Context) -> bool:
    """Say whether a query of one column returns no NULL, by its values, its WHERE or what is known of its tables."""
    if rows := query.get("valuesLists"):
        return all(_is_value(one) for row in rows for one in row.get("List", {}).get("items", []))
    targets = query.get("targetList", [])
    if len(targets) != 1:
        return False
    value = targets[0].get("ResTarget", {}).get("val", {})
    column = _column(value)
    if not column:
        return _is_value(value)
    if any(_are_one(column, one) for one in _proven(query.get("whereClause", {}))):
        return True
    tables = [one.get("RangeVar") for one in query.get("fromClause", [])]
    known = False
    for table in tables:
        place = context.catalog.resolve(table.get("schemaname", ""), table["relname"]) if table else None
        relation = context.catalog.relations.get(place) if place else None
        if relation is None or not relation.complete:
            return False
        if found := relation.columns.get(column[-1]):
            known = True
            if not found.not_null:
                return False
    return known


def _is_value(expression: dict[str, Any]) -> bool:
    constant = expression.get("A_Const")
    return constant is not None and not constant.get("isnull")


def _column(expression: dict[str, Any]) -> tuple[str, ...]:
    return names(expression["ColumnRef"].get("fields", [])) if "ColumnRef" in expression else ()


def _are_one(column: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Say whether two names may mean one column: an outer query's of the same name stands with its table."""
    both = min(len(column), len(other))
    return column[-both:] == other[-both:]


def _proven(condition: dict[str, Any]) -> set[tuple[str, ...]]:
    """Return the columns that a condition's top level lets through only where they are not null."""
    both = condition.get("BoolExpr", {})
    if both.get("boolop") == "AND_EXPR":
        return {name for one in both["args"] for name in _proven(one)}
    test, compared = condition.get("NullTest", {}), condition.get("A_Expr", {})
    found: set[tuple[str, ...]] = set()
    if test.get("nulltesttype") == "IS_NOT_NULL":
        found.add(_column(test.get("arg", {})))
    elif compared.get("kind") in _STRICT:
        found.add(_column(compared.get("lexpr", {})))
    elif compared.get("kind") == "AEXPR_OP" and _COMPARE.issuperset(names(compared.get("name", []))):
        found |= {_column(compared.get("lexpr", {})), _column(compared.get("rexpr", {}))}
    return found - {()}
