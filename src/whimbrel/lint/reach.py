"""How many of a table's rows does an UPDATE, DELETE or INSERT … SELECT go through?"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from whimbrel.sql.expression import decoded, holds, relations

if TYPE_CHECKING:
    from msgspec import Raw

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement


class Reach(Enum):
    """How many rows."""

    ALL = "all"
    """There is no WHERE, or one that no column is in."""
    OPEN = "open"
    """Its WHERE names no value: `a IS NULL`, or a join by columns."""
    SOME = "some"
    """Rows that it picks by values or by a query."""


_NARROWING: Final = ("A_Const", "SubLink", "FuncCall", "ParamRef", "CurrentOfExpr", "SQLValueFunction")


def reach(statement: Statement) -> Reach:
    """Return the reach of an UPDATE or DELETE."""
    node = statement.node
    others = node.from_clause if statement.kind == "UpdateStmt" else node.using_clause
    if not node.where_clause and not others:
        return Reach.ALL
    if holds(statement.raw, "withClause") or any(not holds(one, "RangeVar") for one in others):
        return Reach.SOME
    return _reach(node.where_clause, statement)


def copied(statement: Statement, context: Context) -> Reach:
    """Return the reach of what an INSERT reads from: SOME where it is no SELECT from tables that were there before."""
    query: dict[str, Any] = (decoded(statement.node.select_stmt) or {}).get("SelectStmt", {})
    source = query.get("fromClause", [])
    plain = source and all("RangeVar" in one or "JoinExpr" in one for one in source)
    if not plain or "limitCount" in query or "withClause" in query:
        return Reach.SOME
    if all(context.is_new(context.catalog.resolve(*one)) for one in relations(_encoded(source))):
        return Reach.SOME
    return _reach(_encoded(query.get("whereClause")), statement)


def _encoded(node: object) -> bytes:
    import msgspec

    return msgspec.json.encode(node) if node is not None else b""


def _reach(where: Raw | bytes, statement: Statement) -> Reach:
    if not where:
        return Reach.ALL
    if not holds(where, "ColumnRef"):
        return Reach.SOME if holds(where, "SubLink") or holds(where, "CurrentOfExpr") else Reach.ALL
    if any(holds(where, kind) for kind in _NARROWING):
        return Reach.SOME
    # In a body a name may be a variable.
    return Reach.SOME if statement.within is not None and holds(where, "A_Expr") else Reach.OPEN
