"""What are the tokens of an SQL text? PostgreSQL's lexical rules (its src/backend/parser/scan.l), for 13 to 18."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

SPACE: Final = " \t\n\r\f\v"
"""White space. PostgreSQL 17 added the vertical tab; the other white space of Unicode is letters to it."""

# A word begins with a letter, an underscore or anything beyond ASCII, and goes on with digits too; and with `$`, unless
# it is a quote's tag. The classes are negated because Python compiles a range up to U+10FFFF a hundred times slower.
_FIRST = r"[^\x00-@\[-^`{-\x7f]"
_NEXT = r"[^\x00-#%-/:-@\[-^`{-\x7f]"
_TAG = r"[^\x00-/:-@\[-^`{-\x7f]"
COMMENT: Final = r"/\*(?:[^*/]++|\*(?!/)|/(?!\*))*+\*/"
"""The pattern of a block comment with none inside it."""

_TOKEN: Final = re.compile(
    rf"(?:[ \t\n\r\f\v]++|--[^\n\r]*+|{COMMENT})*+(?:"
    rf"((?!(?:[eEbBxXnN]|[uU]&)'|[uU]&\"){_FIRST}{_NEXT}*+)"
    r"|([(),;=\[\]])"
    r"|((?:[0-9]++(?:\.(?!\.)[0-9]*+)?|(?<!\.)\.[0-9]++)(?:[eE][-+]?[0-9]++)?)"
    r'|((?:[uU]&)?"[^"]*+(?:""[^"]*+)*+")'
    r"|(\$[0-9]++)"
    rf"|((?:[eEbBxXnN]|[uU]&)?'|(?:[uU]&)?\"|\$(?:{_FIRST}{_TAG}*+)?\$|/\*)"
    r"|(.))",
    re.DOTALL,
)
_RAW: Final = re.compile(r"[^']*+(?:''[^']*+)*+'")
_BITS: Final = re.compile(r"[^']*+'")
_ESCAPED: Final = re.compile(r"[^\\']*+(?:(?:\\.|'')[^\\']*+)*+'", re.DOTALL)
# Strings are one if a line ends between them. `--` comments may stand there too, block comments may not.
_CONTINUED: Final = re.compile(r"(?:[ \t\f\v]++|--[^\n\r]*+)*+[\n\r](?:[ \t\n\r\f\v]++|--[^\n\r]*+[\n\r])*+'")
_COMMENT_EDGE: Final = re.compile(r"/\*|\*/")


class TokenKind(StrEnum):
    """What a token is."""

    WORD = "word"
    """A key word or an unquoted identifier."""
    IDENTIFIER = "quoted identifier"
    STRING = "string"
    """A constant of any form: plain, E, U&, B, X, N, or in dollar quotes; with its continuations on other lines."""
    NUMBER = "number"
    PARAMETER = "parameter"
    SYMBOL = "symbol"
    """One character of punctuation or of an operator."""
    UNFINISHED_STRING = "unfinished string"
    UNFINISHED_IDENTIFIER = "unfinished quoted identifier"
    UNFINISHED_DOLLAR_QUOTE = "unfinished dollar quote"
    UNFINISHED_COMMENT = "unfinished comment"


_OPENING: Final = 6
_KIND_OF_GROUP: Final = (
    TokenKind.SYMBOL,
    TokenKind.WORD,
    TokenKind.SYMBOL,
    TokenKind.NUMBER,
    TokenKind.IDENTIFIER,
    TokenKind.PARAMETER,
    TokenKind.STRING,
    TokenKind.SYMBOL,
)
_UNFINISHED: Final = {
    "'": TokenKind.UNFINISHED_STRING,
    '"': TokenKind.UNFINISHED_IDENTIFIER,
    "$": TokenKind.UNFINISHED_DOLLAR_QUOTE,
    "*": TokenKind.UNFINISHED_COMMENT,
}


@dataclass(frozen=True, slots=True)
class Token:
    """A token as written; `start` is its offset in the text. An unfinished one reaches to the end of the text."""

    kind: TokenKind
    text: str
    start: int

    @property
    def end(self) -> int:
        """The offset after its last character."""
        return self.start + len(self.text)


def tokens(text: str, *, standard_conforming_strings: bool = True) -> Iterator[Token]:
    """Yield the tokens of a text. White space and comments are none, except a comment that nothing closes.

    Without `standard_conforming_strings` a backslash escapes in plain strings as it does in E strings.
    """
    for kind, start, end in spans(text, 0, standard_conforming_strings=standard_conforming_strings):
        yield Token(kind, text[start:end], start)


def spans(text: str, at: int, *, standard_conforming_strings: bool) -> Iterator[tuple[TokenKind, int, int]]:
    """Yield kind, start and end of each token from the offset `at` on, which must not be inside a token."""
    while found := _TOKEN.match(text, at):
        group = found.lastindex or 0
        kind = _KIND_OF_GROUP[group]
        start, at = found.span(group)
        if group == _OPENING:
            opening = found[group]
            at = _close(text, at, opening, standard_conforming_strings)
            if at < 0:
                kind, at = _UNFINISHED[opening[-1]], len(text)
            elif opening == "/*":
                continue
        yield kind, start, at


def _close(text: str, at: int, opening: str, standard_conforming_strings: bool) -> int:
    """Return where the quote or comment ends that was opened just before `at`; -1 if nothing closes it."""
    if opening == "/*":
        return comment_end(text, at)
    if opening[-1] == "$":
        closing = text.find(opening, at)
        return closing if closing < 0 else closing + len(opening)
    if opening[-1] == "'":
        return _string_end(text, at, _inside(opening[:-1], standard_conforming_strings))
    return -1  # the pattern takes a quoted identifier as a whole, if it is closed


def _inside(prefix: str, standard_conforming_strings: bool) -> re.Pattern[str]:
    """Return what a string with such a prefix consists of, up to its quote at the end."""
    if prefix in {"", "n", "N"}:
        return _RAW if standard_conforming_strings else _ESCAPED
    if prefix in {"e", "E"}:
        return _ESCAPED
    return _BITS if prefix in {"b", "B", "x", "X"} else _RAW


def _string_end(text: str, at: int, inside: re.Pattern[str]) -> int:
    """Return where the string ends whose first quote ends at `at`, its continuations included; -1 if it does not."""
    while found := inside.match(text, at):
        continued = _CONTINUED.match(text, found.end())
        if not continued:
            return found.end()
        at = continued.end()
    return -1


def comment_end(text: str, at: int) -> int:
    """Return where the block comment ends whose opening ends at `at`, with those inside it; -1 if nothing closes it."""
    depth = 1
    for edge in _COMMENT_EDGE.finditer(text, at):
        depth += 1 if edge[0] == "/*" else -1
        if depth == 0:
            return edge.end()
    return -1
