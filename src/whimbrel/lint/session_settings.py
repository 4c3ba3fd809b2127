"""Which run-time parameters has a file set when a statement of it runs?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from whimbrel.sql.expression import decoded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from whimbrel.lint.file import Statement

_SETS = frozenset({"VariableSetStmt", "SelectStmt", "DiscardStmt"})
ALL = "all"
"""The name in RESET ALL and DISCARD ALL."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A parameter that a statement sets; `value` is None where that is its default or no constant."""

    name: str
    value: str | None
    local: bool
    statement: Statement
    back: bool = False
    """Whether it goes back to what it was when the session began."""


def settings(statements: Iterable[Statement]) -> Iterator[Setting]:
    """Yield what SET, RESET, DISCARD ALL and `SELECT set_config(…)` set, in order."""
    for statement in statements:
        if statement.kind not in _SETS:
            continue
        if statement.kind == "VariableSetStmt":
            node = statement.node
            if node.kind == "VAR_RESET_ALL":
                yield Setting(ALL, None, local=False, statement=statement, back=True)
            elif node.kind == "VAR_SET_MULTI":
                if node.name == "SESSION CHARACTERISTICS":
                    yield Setting(node.name.lower(), None, local=False, statement=statement)
            else:
                value = _constant(decoded(node.args[0])) if len(node.args) == 1 else None
                back = node.kind in ("VAR_SET_DEFAULT", "VAR_RESET")
                yield Setting(node.name.lower(), value, node.is_local, statement, back)
        elif statement.kind == "SelectStmt":
            if b'"set_config"' in bytes(statement.raw):
                yield from _set_config(statement)
        elif statement.kind == "DiscardStmt" and statement.node.target in ("", "DISCARD_ALL"):
            yield Setting(ALL, None, local=False, statement=statement, back=True)


def in_force(name: str, statement: Statement, earlier: Iterable[Statement]) -> str | None:
    """Return what the statements before it have set a parameter to for this one; None where they did not."""
    session: str | None = None
    local: tuple[int | None, str | None] | None = None
    for one in settings(earlier):
        if one.name not in (name, ALL):
            continue
        if one.local:
            local = one.statement.transaction, one.value
        else:
            session, local = one.value, None
    if local is not None and statement.transaction is not None and local[0] == statement.transaction:
        return local[1]
    return session


def waits_briefly(statement: Statement, earlier: Iterable[Statement]) -> bool:
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
