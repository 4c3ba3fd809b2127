"""Which nodes, functions and columns are in an expression that was left undecoded?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from msgspec import Raw

_decode = msgspec.json.Decoder().decode


def decoded(raw: Raw | bytes) -> Any:
    """Return an undecoded node as dicts and lists; None where there is none."""
    return _decode(raw) if raw else None


def holds(raw: Raw | bytes, kind: str) -> bool:
    """Say whether a node of this kind, `FuncCall` say, may be in an undecoded expression: quick, never wrongly no."""
    return bool(raw) and f'"{kind}":'.encode() in bytes(raw)


def nodes(tree: object) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield kind and fields of each node in a decoded tree, from the outside in.

    The grammar leaves the kind out where only one is possible (`typeName`, `relation`, …): such a node comes under its
    field's name.
    """
    stack = [tree]
    while stack:
        here = stack.pop()
        if isinstance(here, dict):
            for key, value in here.items():
                if isinstance(value, dict):
                    yield key, value
                    stack.append(value)
                elif isinstance(value, list):
                    stack.extend(reversed(value))
        elif isinstance(here, list):
            stack.extend(reversed(here))


def names(parts: list[dict[str, Any]]) -> tuple[str, ...]:
    """Return the parts of a dotted name; `*` for a star."""
    return tuple(part["String"].get("sval", "") if "String" in part else "*" for part in parts)


def functions(raw: Raw | bytes) -> list[tuple[str, ...]]:
    """Return the names of all functions that an undecoded expression calls, as dotted parts.

    Names that the grammar makes of keywords (`EXTRACT`, `OVERLAY`, …) begin with pg_catalog.
    """
    if not raw:
        return []
    return [tuple(_text(part) for part in _PART.findall(parts)) for parts in _FUNCTION.findall(bytes(raw))]


def columns(raw: Raw | bytes) -> set[str]:
    """Return the last name of each column that an undecoded expression refers to."""
    if not raw:
        return set()
    return {_text(name) if name else "*" for name in _COLUMN.findall(bytes(raw))}


def is_null(raw: Raw | bytes) -> bool:
    """Say whether an undecoded expression is NULL, cast or not."""
    if b'"isnull":true' not in bytes(raw):
        return False
    node = decoded(raw)
    while "TypeCast" in node:
        node = node["TypeCast"]["arg"]
    return bool(node.get("A_Const", {}).get("isnull"))


def relations(raw: Raw | bytes) -> list[tuple[str, str]]:
    """Return schema (empty where none is written) and name of each relation that an undecoded query reads or writes.

    Names of its WITH queries are left out.
    """
    if not raw:
        return []
    tree = bytes(raw)
    own = {_text(name) for name in _WITH.findall(tree)}
    found = [(_text(schema), _text(name)) for schema, name in _RELATION.findall(tree)]
    return [(schema, name) for schema, name in found if schema or name not in own]


def _text(escaped: bytes) -> str:
    return str(_decode(b'"%b"' % escaped)) if b"\\" in escaped else escaped.decode()


# Quotes inside the tree's strings are escaped: none of these patterns can begin there.
_S = rb'((?:[^"\\]|\\.)*)'
_STRING = rb'\{"String":\{"sval":"%b"\}\}'
_ANY_STRING = _STRING % rb'(?:[^"\\]|\\.)*'
_PART = re.compile(_STRING % _S)
_FUNCTION = re.compile(rb'"FuncCall":\{"funcname":\[((?:%b,?)+)\]' % _ANY_STRING)
_COLUMN = re.compile(rb'"ColumnRef":\{"fields":\[(?:%b,)*(?:%b|\{"A_Star":\{\}\})\]' % (_ANY_STRING, _STRING % _S))
_WITH = re.compile(rb'"CommonTableExpr":\{"ctename":"%b"' % _S)
_RELATION = re.compile(
    rb'"(?:RangeVar|relation)":\{(?:"catalogname":"(?:[^"\\]|\\.)*",)?(?:"schemaname":"%b",)?"relname":"%b"' % (_S, _S)
)
