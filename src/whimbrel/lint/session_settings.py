"""Which run-time parameters has a file set when a statement of it runs?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from whimbrel.sql.expression import decoded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from whimbrel.lint.file import Statement, Statements

_SETS = frozenset({"VariableSetStmt", "SelectStmt", "DiscardStmt"})
ALL = "all"
"""The name in RESET ALL and DISCARD ALL."""
CHARACTERISTICS = "the session's characteristics"
"""The name of what SET SESSION CHARACTERISTICS sets."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A parameter that a statement sets; `value` is None where that is its default or no constant."""

    name: str
    value: str | None
    local: bool
    statement: Statement
    back: bool = False
    """Whether it goes back to what it was when the session began."""


def sets(statement: Statement) -> bool:
    """Say whether a statement is SET, RESET, DISCARD or a SELECT with set_config."""
    return statement.kind in _SETS and (statement.kind != "SelectStmt" or b'"set_config"' in bytes(statement.raw))


def settings(statements: Iterable[Statement]) -> Iterator[Setting]:
    """Yield what statements set, in order, of which `sets` says yes."""
    for statement in statements:
        if statement.kind == "VariableSetStmt":
            node = statement.node
            if node.kind == "VAR_RESET_ALL":
                yield Setting(ALL, None, local=False, statement=statement, back=True)
            elif node.kind == "VAR_SET_MULTI":
                if node.name == "SESSION CHARACTERISTICS":
                    yield Setting(CHARACTERISTICS, None, local=False, statement=statement)
            else:
                value = _constant(decoded(node.args[0])) if len(node.args) == 1 else None
                back = node.kind in ("VAR_SET_DEFAULT", "VAR_RESET")
                yield Setting(node.name.lower(), value, node.is_local, statement, back)
        elif statement.kind == "SelectStmt":
            yield from _set_config(statement)
        elif statement.node.target in ("", "DISCARD_ALL"):
            yield Setting(ALL, None, local=False, statement=statement, back=True)


def in_force(name: str, statement: Statement, earlier: Statements) -> str | None:
    """Return what the statements before it have set a parameter to for this one; None where they did not."""
    for other in reversed(earlier.that(sets)):
        same = other.transaction is not None and other.transaction == statement.transaction
        for one in reversed(list(settings((other,)))):
            if one.name in (name, ALL) and (same or not one.local):
                return one.value
    return None


def waits_briefly(statement: Statement, earlier: Statements) -> bool:
    """Say whether the file has set a lock_timeout, so that a statement does not wait for its lock for ever."""
    value = in_force("lock_timeout", statement, earlier)
    return value is not None and not is_zero(value)


def is_zero(value: str) -> bool:
    """Say whether a time-out's value, `0`, `0s` or `0 min`, switches it off."""
    return value.strip().rstrip("usminhd ").strip() in ("0", "")


def _constant(node: dict[str, Any]) -> str | None:
    constant = node.get("A_Const")
    if constant is None:
        return None
    for kind, key in (("sval", "sval"), ("fval", "fval")):
        if kind in constant:
            return str(constant[kind].get(key, ""))
    return str(constant["ival"].get("ival", 0)) if "ival" in constant else None


def _set_config(statement: Statement) -> Iterator[Setting]:
    for target in decoded(statement.raw).get("targetList", []):
        call = target.get("ResTarget", {}).get("val", {}).get("FuncCall", {})
        names = [part.get("String", {}).get("sval") for part in call.get("funcname", [])]
        arguments = call.get("args", [])
        if names[-1:] == ["set_config"] and len(arguments) == 3:
            name = _constant(arguments[0])
            local = arguments[2].get("A_Const", {}).get("boolval", {}).get("boolval", False)
            if name is not None:
                yield Setting(name.lower(), _constant(arguments[1]), local, statement)
