"""What do DO, CALL and CREATE FUNCTION lock? The statements in a body, as far as they stand there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from whimbrel.locks.query import reader
from whimbrel.locks.reader import Depth
from whimbrel.schema.fold_routine import texts
from whimbrel.sql import grammar
from whimbrel.sql.expression import decoded
from whimbrel.sql.tree import STATEMENTS, Script

if TYPE_CHECKING:
    from msgspec import Raw

    from whimbrel.locks.footprint import Footprint
    from whimbrel.sql import tree

_LONGEST: Final = 60_000
"""Bytes of a body that may be given to the grammar in our own process."""


def function(footprint: Footprint, node: tree.CreateFunctionStmt, _: Raw | bytes) -> None:
    """CREATE FUNCTION: a body in SQL is looked at, one in another language is not."""
    if node.sql_body:
        for kind, fields in _bodies(decoded(node.sql_body)):
            reader(footprint, Depth.REWRITTEN).statement(kind, fields)
        return
    options = texts(node.options)
    body = options.get("as", "").encode()
    if options.get("language", "").lower() != "sql" or len(body) > _LONGEST:
        return
    for kind, raw in _statements(body):
        reader(footprint, Depth.REWRITTEN).statement(kind, decoded(raw))


def _bodies(tree_: Any) -> list[tuple[str, dict[str, Any]]]:
    if isinstance(tree_, list):
        return [one for part in tree_ for one in _bodies(part)]
    if "List" in tree_:
        return _bodies(tree_["List"].get("items", []))
    if "ReturnStmt" in tree_:
        return [("SelectStmt", {"targetList": [{"ResTarget": {"val": tree_["ReturnStmt"].get("returnval", {})}}]})]
    return list(tree_.items())


def _statements(text: bytes) -> list[tuple[str, Raw]]:
    try:
        script = msgspec.json.decode(grammar.parse(text), type=Script)
    except grammar.GrammarError:
        return []
    return [one for parsed in script.stmts for one in parsed.stmt.items()]


def do(footprint: Footprint, node: tree.DoStmt, _: Raw | bytes) -> None:
    """DO: the statements that stand in its body, each as if it ran; which of them do, is not followed."""
    from whimbrel.locks.effect import follow
    from whimbrel.schema.fold import fold
    from whimbrel.sql.bodies import embedded

    footprint.unsure()
    options = texts(node.args)
    body = options.get("as", "")
    if options.get("language", "plpgsql").lower() != "plpgsql" or len(body) > _LONGEST:
        footprint.nothing_known()
        return
    quote = "$whimbrel_body$"
    try:
        inside = list(embedded(f"DO {quote}{body}{quote}".encode()))
    except grammar.GrammarError:
        return
    before = footprint.catalog
    footprint.catalog = before.branch()
    for one in inside:
        for kind, raw in _statements(one.text.encode()):
            struct = STATEMENTS.get(kind)
            parsed = msgspec.json.decode(raw, type=struct) if struct is not None else None
            known = set(footprint.catalog.relations)
            follow(footprint, kind, parsed, raw)
            fold(footprint.catalog, kind, parsed)
            footprint.made |= set(footprint.catalog.relations) - known
    footprint.catalog = before


def call(footprint: Footprint, _: tree.CallStmt, __: Raw | bytes) -> None:
    """CALL: what a procedure does, its body says."""
    footprint.nothing_known()


FOLLOW: Final[dict[str, Any]] = {"CreateFunctionStmt": function, "DoStmt": do, "CallStmt": call}
