"""What does PostgreSQL's own grammar make of this text? The only file that knows libpg_query."""

from __future__ import annotations

import ctypes
import os
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import Final

from whimbrel.errors import ExitCode, WhimbrelError

_NAMES: Final = ("libpg_query.so", "libpg_query.dylib", "pg_query.dll", "libpg_query.dll")


class NoGrammar(WhimbrelError):
    """The library with PostgreSQL's grammar is not installed."""

    exit_code = ExitCode.MISUSE

    def __init__(self) -> None:
        super().__init__("PostgreSQL's grammar is not installed", remedy="pip install 'whimbrel[lint]'")


class GrammarError(Exception):
    """The grammar refuses a text; `offset` counts characters from its beginning, None where no place is named."""

    def __init__(self, message: str, offset: int | None) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


class _Error(ctypes.Structure):
    _fields_ = (
        ("message", ctypes.c_char_p),
        ("funcname", ctypes.c_char_p),
        ("filename", ctypes.c_char_p),
        ("lineno", ctypes.c_int),
        ("cursorpos", ctypes.c_int),
        ("context", ctypes.c_char_p),
    )


class _Parsed(ctypes.Structure):
    _fields_ = (
        ("parse_tree", ctypes.c_char_p),
        ("stderr_buffer", ctypes.c_char_p),
        ("error", ctypes.POINTER(_Error)),
    )


class _Functions(ctypes.Structure):
    _fields_ = (("plpgsql_funcs", ctypes.c_char_p), ("error", ctypes.POINTER(_Error)))


@dataclass(frozen=True, slots=True)
class _Library:
    """The entry points that we call."""

    parse: ctypes._NamedFuncPointer
    free: ctypes._NamedFuncPointer
    parse_plpgsql: ctypes._NamedFuncPointer
    free_plpgsql: ctypes._NamedFuncPointer


def parse(text: bytes) -> bytes:
    """Return the parse tree of UTF-8 text without NUL, as libpg_query's JSON.

    A text that nests too deep for the C stack ends the process: for text that nobody vouches for see
    `whimbrel.lint.grammar_process`.

    Raises:
        GrammarError: it is no SQL of PostgreSQL 18.
        NoGrammar: the library is not installed.
    """
    library = _library()
    result = library.parse(text)
    try:
        if result.error:
            raise _refused(result.error.contents)
        tree = result.parse_tree
    finally:
        library.free(result)
    return tree  # type: ignore[no-any-return]


def parse_plpgsql(text: bytes) -> bytes:
    """Return the tree of the PL/pgSQL bodies in one CREATE FUNCTION, CREATE PROCEDURE or DO statement, as JSON.

    Raises:
        GrammarError: the body is no PL/pgSQL; its offset is that in the body, where one is named.
        NoGrammar: the library is not installed.
    """
    library = _library()
    result = library.parse_plpgsql(text)
    try:
        if result.error:
            raise _refused(result.error.contents)
        tree = result.plpgsql_funcs
    finally:
        library.free_plpgsql(result)
    return _closed_once(tree)


def _closed_once(tree: bytes) -> bytes:
    """Take out the bracket too many that libpg_query 18 writes behind each variable of a trigger (`TG_OP` …)."""
    variables, action, body = tree.partition(b'"action":')
    return variables.replace(b",{}}", b",{}").replace(b"[{}}", b"[{}") + action + body


def _refused(error: _Error) -> GrammarError:
    return GrammarError(error.message.decode("utf-8", "replace"), error.cursorpos - 1 if error.cursorpos else None)


def require() -> None:
    """Say now that what reads SQL is not installed, before anything else needs it.

    Raises:
        NoGrammar: it is not.
    """
    if find_spec("msgspec") is None:
        raise NoGrammar
    _shared_object()


@cache
def _library() -> _Library:
    loaded = ctypes.CDLL(_shared_object())
    loaded.pg_query_parse.argtypes = [ctypes.c_char_p]
    loaded.pg_query_parse.restype = _Parsed
    loaded.pg_query_free_parse_result.argtypes = [_Parsed]
    loaded.pg_query_free_parse_result.restype = None
    loaded.pg_query_parse_plpgsql.argtypes = [ctypes.c_char_p]
    loaded.pg_query_parse_plpgsql.restype = _Functions
    loaded.pg_query_free_plpgsql_parse_result.argtypes = [_Functions]
    loaded.pg_query_free_plpgsql_parse_result.restype = None
    return _Library(
        loaded.pg_query_parse,
        loaded.pg_query_free_parse_result,
        loaded.pg_query_parse_plpgsql,
        loaded.pg_query_free_plpgsql_parse_result,
    )


def _shared_object() -> str:
    """Find the shared object without importing its carrier, whose own modules cost a quarter of a second."""
    if (spec := find_spec("postgast")) is not None:
        for folder in spec.submodule_search_locations or ():
            for name in _NAMES:
                path = os.path.join(folder, name)  # noqa: PTH118 - this room knows no pathlib
                if os.path.exists(path):  # noqa: PTH110
                    return path
    if (spec := find_spec("pgparse")) is not None and spec.origin:
        return spec.origin
    raise NoGrammar
