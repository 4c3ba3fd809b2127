"""Which statements stand inside this one, in the body of a DO or of a function?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from whimbrel.lint.file import Statement
from whimbrel.sql import grammar
from whimbrel.sql.grammar import GrammarError
from whimbrel.sql.tree import Script

if TYPE_CHECKING:
    from collections.abc import Iterator

_script = msgspec.json.Decoder(Script).decode
_LONGEST = 60_000
HAVE_BODIES = frozenset({"DoStmt", "CreateFunctionStmt"})
"""Kinds of statements that may hold others."""


def read_body(statement: Statement) -> Iterator[Statement]:
    """Yield the statements of a PL/pgSQL body that can be read; those that EXECUTE computes are passed over."""
    if statement.kind not in HAVE_BODIES:
        return
    text = statement.file.data[statement.start : statement.end]
    if len(text) > _LONGEST or not _is_plpgsql(statement):
        return
    from whimbrel.sql.bodies import embedded

    try:
        found = list(embedded(text))
    except GrammarError:
        return
    for one in found:
        if not one.text:
            continue
        try:
            script = _script(grammar.parse(one.text.encode()))
        except GrammarError:
            continue
        for parsed in script.stmts:
            for kind, raw in parsed.stmt.items():
                start, shift = statement.start, 0
                end = statement.end
                if one.offset is not None:
                    start = shift = statement.start + one.offset
                    end = start + len(one.text.encode())
                yield Statement(
                    statement.file, kind, raw, start, end, statement.number, statement.transaction, statement, shift,
                    statement.in_block, one.conditional,
                )  # fmt: skip


def _is_plpgsql(statement: Statement) -> bool:
    from whimbrel.schema.fold_routine import texts

    options = statement.node.args if statement.kind == "DoStmt" else statement.node.options
    return texts(options).get("language", "plpgsql" if statement.kind == "DoStmt" else "sql").lower() == "plpgsql"
