"""Which statements stand inside this one, in the body of a DO or of a function?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from whimbrel.lint.file import Statement
from whimbrel.lint.parsing import reading
from whimbrel.sql import grammar
from whimbrel.sql.expression import decoded, nodes
from whimbrel.sql.grammar import GrammarError
from whimbrel.sql.tree import Script

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.schema.catalog import Catalog

_script = msgspec.json.Decoder(Script).decode
_LONGEST = 60_000
_EXECUTES = re.compile(r"\bexecute\b", re.IGNORECASE)
"""What is computed may have dropped what the files do not show to be gone."""
_MODIFYING = frozenset({"InsertStmt", "UpdateStmt", "DeleteStmt"})
_WRITES = re.compile(rb'"ctequery":\{"(?:Insert|Update|Delete)Stmt"')
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
        with reading():
            found = list(embedded(text))
    except (GrammarError, RecursionError):
        return
    for one in found:
        if not one.text:
            continue
        try:
            with reading():
                script = _script(grammar.parse(one.text.encode()))
        except (GrammarError, RecursionError):
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


def modifying(statement: Statement) -> Iterator[Statement]:
    """Yield the INSERTs, UPDATEs and DELETEs in a statement's WITH."""
    if not _WRITES.search(bytes(statement.raw)):
        return
    for name, fields in nodes(decoded(statement.raw)):
        query = fields.get("ctequery") if name == "CommonTableExpr" else None
        for kind, inner in query.items() if isinstance(query, dict) else ():
            if kind in _MODIFYING:
                raw = msgspec.Raw(msgspec.json.encode(inner))
                yield Statement(
                    statement.file, kind, raw, statement.start, statement.end, statement.number, statement.transaction,
                    statement.within, statement.shift, statement.in_block, statement.conditional,
                )  # fmt: skip


def adds_nothing(statement: Statement, catalog: Catalog) -> bool:
    """Say whether a statement in a body only adds constraints whose names are taken: it is passed over, or refused."""
    outer = statement.within
    if outer is None or statement.kind != "AlterTableStmt" or _EXECUTES.search(outer.text):
        return False
    table = catalog.relation(statement.node.relation)
    if table is None:
        return False
    added = [one.command.definition for one in statement.node.cmds if one.command.subtype == "AT_AddConstraint"]
    names = [one.constraint.conname for one in added if one is not None and one.constraint is not None]
    return len(names) == len(statement.node.cmds) and all(name in table.constraints for name in names)


def _is_plpgsql(statement: Statement) -> bool:
    from whimbrel.schema.fold_routine import texts

    options = statement.node.args if statement.kind == "DoStmt" else statement.node.options
    return texts(options).get("language", "plpgsql" if statement.kind == "DoStmt" else "sql").lower() == "plpgsql"
