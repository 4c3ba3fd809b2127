"""Is the session's time zone UTC when a statement runs, as far as its file tells?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from whimbrel.sql.expression import decoded

if TYPE_CHECKING:
    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import VariableSetStmt

_UTC: Final = frozenset(
    {
        "utc", "uct", "gmt", "zulu", "universal", "greenwich", "gmt0", "gmt+0", "gmt-0", "0", "etc/utc", "etc/uct",
        "etc/gmt", "etc/zulu", "etc/universal", "etc/greenwich", "etc/gmt0", "etc/gmt+0", "etc/gmt-0",
    }
)  # fmt: skip


def is_utc(node: VariableSetStmt) -> bool | None:
    """Say whether a SET makes the time zone UTC; None where it sets something else, or back to the default."""
    if node.name.lower() != "timezone" or node.kind != "VAR_SET_VALUE" or not node.args:
        return None
    constant = decoded(node.args[0]).get("A_Const", {})
    if "sval" in constant:
        return is_utc_name(constant["sval"].get("sval", ""))
    return not constant.get("ival", {"ival": 1}).get("ival", 0)


def is_utc_name(zone: str) -> bool:
    """Say whether a time zone's name is one of UTC's."""
    return zone.lower() in _UTC


def session_is_utc(statement: Statement, context: Context) -> bool | None:
    """Say whether the time zone is UTC at a statement, by the SETs before it in its file; None without any."""
    for other in reversed(context.earlier.of("VariableSetStmt")):
        if other.node.name.lower() != "timezone":
            continue
        if other.node.is_local and (other.transaction is None or other.transaction != statement.transaction):
            continue
        return is_utc(other.node)
    return None
