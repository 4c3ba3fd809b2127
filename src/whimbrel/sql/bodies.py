"""Which SQL statements are in the body of a DO statement, function or procedure?

PL/pgSQL is read by PostgreSQL's own grammar, which names lines, not places: a statement is looked for in its line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from whimbrel.sql import grammar
from whimbrel.sql.expression import decoded, names

if TYPE_CHECKING:
    from collections.abc import Iterator

_QUOTED: Final = re.compile(r"'((?:[^']|'')*)'\s*\Z")
_BRANCHES: Final = frozenset(
    {
        "PLpgSQL_stmt_if", "PLpgSQL_stmt_case", "PLpgSQL_stmt_loop", "PLpgSQL_stmt_while", "PLpgSQL_stmt_fori",
        "PLpgSQL_stmt_fors", "PLpgSQL_stmt_forc", "PLpgSQL_stmt_foreach_a", "PLpgSQL_stmt_dynfors",
        "PLpgSQL_exception_block",
    }
)  # fmt: skip
_AS: Final = b'"defname":"as"'
"""A body as a text. Without one (`LANGUAGE plpgsql` alone, or with RETURN) the reader of bodies ends the process."""
_WHOLE_STATEMENT: Final = 0
"""RAW_PARSE_DEFAULT: the other modes are expressions and assignments."""
_PERFORM: Final = "SELECT "
"""What the grammar writes in the place of PERFORM."""
_CONTROL: Final = {"PLpgSQL_stmt_commit": "COMMIT", "PLpgSQL_stmt_rollback": "ROLLBACK"}


@dataclass(frozen=True, slots=True)
class Embedded:
    """A statement in a body.

    `text` is its SQL, empty where EXECUTE computes it. `offset` counts bytes from the beginning of the statement that
    holds the body, None where the text stands nowhere as it is. `conditional` marks one in a branch, loop or handler,
    `dynamic` one of EXECUTE.
    """

    text: str
    offset: int | None
    conditional: bool
    dynamic: bool = False


def embedded(statement: bytes) -> Iterator[Embedded]:
    """Yield the statements in the body of one DO, CREATE FUNCTION or CREATE PROCEDURE of language plpgsql.

    Raises:
        GrammarError: the body is no PL/pgSQL.
    """
    if _AS not in grammar.parse(statement):
        return
    functions = decoded(grammar.parse_plpgsql(statement))
    body = _Body(statement)
    for function in functions:
        for text, line, conditional, dynamic in _statements(function.get("PLpgSQL_function", {}).get("action", {})):
            yield Embedded(text, body.find(text, line), conditional, dynamic)


def _statements(node: Any, line: int = 1, *, conditional: bool = False) -> Iterator[tuple[str, int, bool, bool]]:
    """Yield text, line in the body from 1, and the two marks of each statement below a node of PL/pgSQL."""
    if isinstance(node, list):
        for one in node:
            yield from _statements(one, line, conditional=conditional)
        return
    for kind, fields in node.items():
        if isinstance(fields, list):
            yield from _statements(fields, line, conditional=conditional or kind in _BRANCHES)
        if not isinstance(fields, dict):
            continue
        here = fields.get("lineno", line)
        if kind == "PLpgSQL_expr":
            if fields.get("parseMode", 0) == _WHOLE_STATEMENT:
                yield fields.get("query", ""), line, conditional, False
        elif kind == "PLpgSQL_stmt_dynexecute":
            yield _constant(fields["query"]["PLpgSQL_expr"]["query"]), here, conditional, True
        elif kind in _CONTROL:
            yield _CONTROL[kind], here, conditional, False
        else:
            yield from _statements(fields, here, conditional=conditional or kind in _BRANCHES)


def _constant(expression: str) -> str:
    """Return the text that an expression of constants is; empty where it takes more."""
    if quoted := _QUOTED.match(expression):
        return quoted[1].replace("''", "'")
    if "'" not in expression and "$" not in expression:
        return ""
    try:
        script = decoded(grammar.parse(f"SELECT {expression}".encode()))
        targets = script["stmts"][0]["stmt"].get("SelectStmt", {}).get("targetList", [])
        return (_text(targets[0].get("ResTarget", {}).get("val", {})) or "") if len(targets) == 1 else ""
    except (grammar.GrammarError, RecursionError):
        return ""


def _text(node: dict[str, Any]) -> str | None:
    if "sval" in node.get("A_Const", {}):
        return str(node["A_Const"]["sval"].get("sval", ""))
    joined = node.get("A_Expr", {})
    if names(joined.get("name", [])) != ("||",) or "lexpr" not in joined:
        return None
    left, right = _text(joined["lexpr"]), _text(joined["rexpr"])
    return None if left is None or right is None else left + right


class _Body:
    """Where a body stands in its statement."""

    def __init__(self, statement: bytes) -> None:
        self.statement = statement
        opening = re.search(rb"\$[^$\s]*\$|'", statement)
        self.start = opening.end() if opening else 0
        self.lines = [self.start]
        at = self.start
        while (at := statement.find(b"\n", at)) >= 0:
            at += 1
            self.lines.append(at)

    def find(self, text: str, line: int) -> int | None:
        """Return the offset of a text that stands in a line or behind it; of the line where it is not found."""
        if line > len(self.lines):
            return None
        at = self.lines[line - 1]
        if not text:
            return at
        found = self.statement.find(text.encode(), at)
        if found < 0 and text.startswith(_PERFORM):
            found = self.statement.find(text.removeprefix(_PERFORM).encode(), at) - len(_PERFORM)
        return found if found >= 0 else None
