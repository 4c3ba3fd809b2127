"""Does BETWEEN take the next day's first moment?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.sql.expression import names, relations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement

CARD = Card(
    code="WB508",
    name="between-on-timestamps",
    severity=Severity.ADVICE,
    title="BETWEEN on timestamps",
    condition="BETWEEN on a column of type timestamp or timestamptz, or with bounds of these types.",
    effect=(
        "Both bounds belong to the range: of two ranges that touch both have the moment between them, and a "
        "day's end written as 23:59:59 leaves the last second out."
    ),
    remedy="Use >= with the beginning and < with the next beginning.",
    safe="DELETE FROM visits WHERE at >= '2026-01-01' AND at < '2026-02-01';",
    on=False,
    sources=("https://wiki.postgresql.org/wiki/Don%27t_Do_This#Don.27t_use_BETWEEN_.28especially_with_timestamps.29",),
)
KINDS = ("A_Expr:AEXPR_BETWEEN|AEXPR_NOT_BETWEEN|AEXPR_BETWEEN_SYM|AEXPR_NOT_BETWEEN_SYM@between",)
_TYPES = frozenset({"timestamp", "timestamptz"})
_NOW = frozenset({"now", "clock_timestamp", "statement_timestamp", "transaction_timestamp"})


def check(statement: Statement, node: dict[str, Any], context: Context) -> Iterator[Found]:
    """Look at a BETWEEN."""
    if "BETWEEN" not in node.get("kind", ""):
        return
    operand, bounds = node.get("lexpr", {}), node.get("rexpr", {}).get("List", {}).get("items", [])
    if _is_moment(operand) or any(_is_moment(one) for one in bounds) or _holds_moments(operand, statement, context):
        yield Found("BETWEEN takes both ends in, the next range's first moment too", statement.at(node["location"]))


def _is_moment(expression: dict[str, Any]) -> bool:
    """Say whether an expression shows that it is a timestamp."""
    if "TypeCast" in expression:
        return names(expression["TypeCast"]["typeName"].get("names", []))[-1] in _TYPES
    if "FuncCall" in expression:
        return names(expression["FuncCall"].get("funcname", []))[-1] in _NOW
    if "SQLValueFunction" in expression:
        return "TIMESTAMP" in expression["SQLValueFunction"]["op"]
    if "A_Expr" in expression:
        return _is_moment(expression["A_Expr"].get("lexpr", {}))
    return False


def _holds_moments(expression: dict[str, Any], statement: Statement, context: Context) -> bool:
    """Say whether a column is of such a type in all tables of the statement that have one of its name."""
    if "ColumnRef" not in expression:
        return False
    name = names(expression["ColumnRef"].get("fields", []))[-1]
    if statement.kind == "CreateStmt":
        columns = [one.column for one in statement.node.table_elts if one.column is not None]
        types = [one.type_name for one in columns if one.colname == name and one.type_name is not None]
        return any(part.string and part.string.sval in _TYPES for written in types for part in written.names)
    found = [context.catalog.relations.get(context.catalog.resolve(*one)) for one in relations(statement.raw)]
    known = {one.columns[name].type for one in found if one is not None and name in one.columns}
    return bool(known) and all(not one.schema and one.name in _TYPES for one in known)
