"""Which run-time parameter does a statement set, to what, and for how long?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from whimbrel.sql.reader import Reader, constant
from whimbrel.sql.tokens import TokenKind
from whimbrel.sql.value import is_true

if TYPE_CHECKING:
    from whimbrel.sql.statement import Statement
    from whimbrel.sql.tokens import Token

ALL: Final = "all"
"""The name in `RESET ALL`; no parameter can have it, since ALL is a reserved word."""

TRANSACTION_PARAMETERS: Final = frozenset(("transaction_read_only", "transaction_isolation", "transaction_deferrable"))
"""The parameters that each transaction starts afresh, however they are set."""

_AFTER_NAME: Final = ("=", "TO", ".")


@dataclass(frozen=True, slots=True)
class Setting:
    """A parameter that is set: for the transaction if `local`, else until the session ends or sets it again.

    `name` is in lower case, and empty in the forms with key words of their own (TIME ZONE, ROLE, SCHEMA …), except that
    NAMES is client_encoding. `value` is None for DEFAULT, for RESET, and where it is no single constant.
    """

    name: str
    value: str | None
    local: bool


def parse_setting(statement: Statement) -> Setting | None:
    """Read SET, RESET or a SELECT of nothing but set_config(…); None for all else.

    None too for SET TRANSACTION and SET CONSTRAINTS, which set no parameter.
    """
    words = statement.keywords
    if words[:1] == ("SET",):
        return _read_set(statement)
    if words[:1] == ("RESET",):
        name = _parameter(Reader(statement.text, skip=1))
        return None if words[1:3] == ("TRANSACTION", "ISOLATION") else Setting(name, None, local=False)
    if words[:1] == ("SELECT",) and any("set_config" in word.lower() for word in words[1:4]):
        return _read_set_config(Reader(statement.text, skip=1))
    return None


def _read_set(statement: Statement) -> Setting | None:
    """Read SET [SESSION | LOCAL] in all its forms."""
    words = statement.keywords
    scope = words[1] if _has_scope(words[1:3]) else ""
    at, local = (2 if scope else 1), scope == "LOCAL"
    if words[at + 1 : at + 2] and words[at + 1] in _AFTER_NAME:
        reader = Reader(statement.text, skip=at)
        name = _parameter(reader)
        reader.next()
        return Setting(name, _value(reader), local)
    if words[at : at + 1] == ("NAMES",):
        return Setting("client_encoding", _value(Reader(statement.text, skip=at + 1)), local)
    if words[at : at + 1] in {("TRANSACTION",), ("CONSTRAINTS",)}:
        return None
    return Setting("", None, local)


def _has_scope(words: tuple[str, ...]) -> bool:
    """Tell whether SET goes on with its scope, not with a parameter such as `local.name` or SESSION AUTHORIZATION."""
    match words:
        case ("LOCAL", following):
            return following not in _AFTER_NAME
        case ("SESSION", following):
            return following not in {*_AFTER_NAME, "AUTHORIZATION", "CHARACTERISTICS"}
        case _:
            return False


def _read_set_config(reader: Reader) -> Setting | None:
    """Read `[pg_catalog.]set_config(name, value, is_local) [[AS] alias]` with nothing beside it."""
    if _parameter(reader) not in {"set_config", "pg_catalog.set_config"}:
        return None
    arguments = reader.arguments()
    reader.take("AS")
    if not reader.at_end:
        reader.name()
    if len(arguments) != 3 or not all(arguments) or not reader.at_end:
        return None
    name, value, is_local = (_alone(argument) for argument in arguments)
    return Setting((name or "").lower(), value, local=is_true(is_local or "") is True)


def _value(reader: Reader) -> str | None:
    """Read what a parameter is set to; None for DEFAULT and for what is no single constant."""
    value = reader.next()
    if not value.text or not reader.at_end or (value.kind is TokenKind.WORD and value.text.upper() == "DEFAULT"):
        return None
    return constant(value)


def _parameter(reader: Reader) -> str:
    """Read a name with dots in it; PostgreSQL takes parameters' names in any case, quoted or not."""
    parts = [reader.name() or ""]
    while reader.take("."):
        parts.append(reader.name() or "")
    return ".".join(parts).lower()


def _alone(tokens: list[Token]) -> str | None:
    """Return the constant that an argument is, with or without a cast; None for any other expression and for NULL."""
    if len(tokens) > 1 and tokens[1].text != ":":
        return None
    value = constant(tokens[0])
    return None if tokens[0].kind is TokenKind.WORD and value.upper() == "NULL" else value
