"""Which semicolons stand inside the BEGIN ATOMIC … END body of a function or procedure (PostgreSQL 14 and later)?

Each statement of such a body ends with a semicolon, so the body is closed by an END that is the first word after one.
That holds where columns are called `begin`, `case` or `end` too, on which psql's counting of words fails.
"""

from __future__ import annotations

from whimbrel.sql.statement import keywords, upper
from whimbrel.sql.tokens import TokenKind, tokens


def opens_body(text: str, *, standard_conforming_strings: bool) -> bool:
    """Tell whether a statement, up to and with its first semicolon, is a routine with a BEGIN ATOMIC still open."""
    if not _is_routine(keywords(text, standard_conforming_strings=standard_conforming_strings)):
        return False
    depth, before, previous = 0, "", ""
    for token in tokens(text, standard_conforming_strings=standard_conforming_strings):
        word = upper(token.text) if token.kind is TokenKind.WORD else token.text
        if depth == 0 and (before, previous) == ("BEGIN", "ATOMIC"):
            return word != "END"
        depth += (word == "(") - (word == ")")
        before, previous = previous, word
    return False


def closes_body(text: str, *, standard_conforming_strings: bool) -> bool:
    """Tell whether the text between two semicolons of such a body is its END."""
    return keywords(text, standard_conforming_strings=standard_conforming_strings)[:1] == ("END",)


def _is_routine(words: tuple[str, ...]) -> bool:
    """Tell whether the keywords are those of CREATE [OR REPLACE] {FUNCTION | PROCEDURE}."""
    if words[:3] == ("CREATE", "OR", "REPLACE"):
        return words[3:4] in {("FUNCTION",), ("PROCEDURE",)}
    return words[:2] in {("CREATE", "FUNCTION"), ("CREATE", "PROCEDURE")}
