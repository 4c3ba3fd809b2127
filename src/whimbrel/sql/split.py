"""Where does each statement of an SQL text begin and end? Told by PostgreSQL's lexical rules alone, as psql does."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Final

from whimbrel.sql.routine_body import closes_body, opens_body
from whimbrel.sql.statement import Statement, keywords
from whimbrel.sql.tokens import COMMENT, SPACE, TokenKind, comment_end, spans


class ProblemKind(StrEnum):
    """What keeps a text from being a list of statements for the server."""

    UNFINISHED_STRING = "a string is not closed"
    UNFINISHED_IDENTIFIER = "a quoted identifier is not closed"
    UNFINISHED_DOLLAR_QUOTE = "a dollar quote is not closed"
    UNFINISHED_COMMENT = "a comment is not closed"
    PSQL_COMMAND = "a backslash begins a command of psql"
    NUL = "a NUL character"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, and the offset where it begins."""

    kind: ProblemKind
    offset: int


@dataclass(frozen=True, slots=True)
class Script:
    """The statements of a text, and the first problem in it. What is not closed makes the rest one statement."""

    statements: tuple[Statement, ...]
    problem: Problem | None


_UNFINISHED: Final = {
    TokenKind.UNFINISHED_STRING: ProblemKind.UNFINISHED_STRING,
    TokenKind.UNFINISHED_IDENTIFIER: ProblemKind.UNFINISHED_IDENTIFIER,
    TokenKind.UNFINISHED_DOLLAR_QUOTE: ProblemKind.UNFINISHED_DOLLAR_QUOTE,
    TokenKind.UNFINISHED_COMMENT: ProblemKind.UNFINISHED_COMMENT,
}

_EMPTY: Final = re.compile(r"(?:[ \t\n\r\f\v]*+;)++")
"""Statements that hold nothing."""
_PARENTHESES: Final = {"(": 1, ")": -1}


@cache
def _run(*, standard_conforming_strings: bool) -> re.Pattern[str]:
    """Return what eats, as far as it can, text that ends no statement, parentheses with none inside included."""
    # A quote after an E may begin a string with escapes; without standard_conforming_strings each quote may.
    string = r"|(?<![eE])'[^']*+'" if standard_conforming_strings else ""
    plain = rf"""[^'"$;()\\/\-]++{string}|"[^"]*+"|-(?:-[^\n\r]*+)?|/(?!\*)|{COMMENT}"""
    return re.compile(rf"(?:{plain}|\((?:{plain})*+\))*+")


def split(text: str, *, standard_conforming_strings: bool = True) -> Script:
    """Split a text into statements; texts of comments, white space and semicolons alone are none.

    A semicolon ends a statement unless it is quoted, in a comment, in parentheses (as in the actions of a rule) or in
    a BEGIN ATOMIC body. Without `standard_conforming_strings` a backslash escapes in plain strings as in E strings.
    """
    return _Splitter(text, standard_conforming_strings=standard_conforming_strings).script()


def psql_commands(text: str) -> list[tuple[int, int]]:
    """Return where psql's commands stand in a text: from a backslash outside of quotes to the end of its line."""
    splitter = _Splitter(text, standard_conforming_strings=True)
    splitter.commands = []
    splitter.script()
    return splitter.commands


class _Splitter:
    """The state of one pass over a text."""

    def __init__(self, text: str, *, standard_conforming_strings: bool) -> None:
        self.text = text
        self.commands: list[tuple[int, int]] | None = None
        """Where psql's commands stand, if they are to be passed over."""
        self.standard_conforming_strings = standard_conforming_strings
        self.statements: list[Statement] = []
        self.problem: Problem | None = None
        self.begin = 0
        """Where the present statement begins, with the white space before it."""
        self.body = 0
        """Within a BEGIN ATOMIC body: the offset after its last semicolon; else 0."""
        self.unfinished = False
        self.may_have_bodies = "atomic" in text.lower()

    def script(self) -> Script:
        """Go over the text once."""
        text, length = self.text, len(self.text)
        run = _run(standard_conforming_strings=self.standard_conforming_strings)
        start = depth = 0
        while (found := run.match(text, start)) and (at := found.end()) < length:
            character = text[at]
            if character in _PARENTHESES:
                depth = max(0, depth + _PARENTHESES[character])
            elif character == ";":
                if depth == 0:
                    self._semicolon(at + 1)
                    if not self.body and (empty := _EMPTY.match(text, at + 1)):
                        self.begin = empty.end()
                        at = self.begin - 1
            elif character == "\\":
                self._report(ProblemKind.PSQL_COMMAND, at)
                at = at if self.commands is None else self._command(at)
            else:
                at = (self._comment(at) if character == "/" else self._token(start, at)) - 1
            start = at + 1
        self._statement(length)
        self._look_for_nul()
        return Script(tuple(self.statements), self.problem)

    def _semicolon(self, end: int) -> None:
        """End the present statement at a semicolon outside parentheses, unless it is inside a routine's body."""
        conforming = self.standard_conforming_strings
        if self.body:
            closed = closes_body(self.text[self.body : end], standard_conforming_strings=conforming)
            self.body = 0 if closed else end
        elif self.may_have_bodies and opens_body(self.text[self.begin : end], standard_conforming_strings=conforming):
            self.body = end
        if not self.body:
            self._statement(end)

    def _statement(self, end: int) -> None:
        """Keep the text up to `end` as a statement, unless it is none."""
        text = self.text[self.begin : end].lstrip(SPACE)
        start = end - len(text)
        text = text if self.unfinished else text.rstrip(SPACE)
        words = keywords(text, standard_conforming_strings=self.standard_conforming_strings)
        if words or self.unfinished:
            self.statements.append(Statement(text, start, words))
        self.begin = end

    def _token(self, start: int, at: int) -> int:
        """Return the end of the token that the quote or dollar at `at` is part of; a token begins at `start`."""
        text, begin = self.text, at
        if begin > start and text[begin - 1] == "&":
            begin -= 1
        while begin > start and _goes_on_with(text[begin - 1]):
            begin -= 1
        found = spans(text, begin, standard_conforming_strings=self.standard_conforming_strings)
        kind, token, end = next(span for span in found if span[2] > at)
        if kind in _UNFINISHED:
            self._report(_UNFINISHED[kind], token)
            self.unfinished = True
        return end

    def _command(self, at: int) -> int:
        """Pass over the rest of the line; return where its last character stands."""
        end = self.text.find("\n", at)
        end = len(self.text) if end < 0 else end
        assert self.commands is not None  # noqa: S101 - it is only called then
        self.commands.append((at, end))
        return end - 1

    def _comment(self, at: int) -> int:
        """Return the end of the block comment that begins at `at`."""
        end = comment_end(self.text, at + 2)
        if end < 0:
            self._report(ProblemKind.UNFINISHED_COMMENT, at)
            self.unfinished = True
        return end if end > 0 else len(self.text)

    def _report(self, kind: ProblemKind, offset: int) -> None:
        if self.problem is None:
            self.problem = Problem(kind, offset)

    def _look_for_nul(self) -> None:
        """A NUL is a problem wherever it stands, since the protocol cannot carry it."""
        offset = self.text.find("\0")
        if offset >= 0 and (self.problem is None or offset < self.problem.offset):
            self.problem = Problem(ProblemKind.NUL, offset)


def _goes_on_with(character: str) -> bool:
    """Tell whether a word may contain the character."""
    return character.isalnum() or character in "_$" or not character.isascii()
