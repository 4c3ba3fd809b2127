"""Where do the words of a statement stand in its file?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from whimbrel.findings.fix import Edit, edited
from whimbrel.sql.tokens import TokenKind, tokens
from whimbrel.sql.value import name_value

if TYPE_CHECKING:
    from whimbrel.lint.file import Statement

_PLAIN: Final = re.compile(r"[a-z_][a-z0-9_]*")


def quoted(name: str) -> str:
    """Write a name that is made of others, which no key word is: with quotes where it needs them."""
    return name if _PLAIN.fullmatch(name) else '"' + name.replace('"', '""') + '"'


class Words:
    """A statement's tokens, by number. Edits count characters of the statement's own text."""

    def __init__(self, statement: Statement) -> None:
        self.text = statement.text
        self._tokens = list(tokens(self.text))
        self.end = self._tokens[-1].end
        """Where its last word ends: comments may follow."""

    def __len__(self) -> int:
        return len(self._tokens)

    def at(self, number: int) -> int:
        """Return where a token begins."""
        return self._tokens[number].start

    def behind(self, number: int) -> int:
        """Return where a token ends."""
        return self._tokens[number].end

    def written(self, number: int) -> str:
        """Return a token as written."""
        return self._tokens[number].text if number < len(self._tokens) else ""

    def has(self, number: int, *words: str) -> bool:
        """Say whether these key words or symbols stand at a place."""
        found = self._tokens[number : number + len(words)]
        return len(found) == len(words) and all(
            token.kind is not TokenKind.IDENTIFIER and token.text.upper() == word
            for token, word in zip(found, words, strict=True)
        )

    def comments(self, first: int, last: int) -> str:
        """Return the comments between two tokens, as they may stand before what takes the place of these."""
        gaps = (self.text[self.behind(number) : self.at(number + 1)] for number in range(first, last))
        return "".join(gap.lstrip() for gap in gaps)

    def spelled(self, words: str) -> str:
        """Return key words in the case that the statement's own are in."""
        return words.lower() if self._tokens[0].text.islower() else words

    def name(self, number: int) -> tuple[str, int]:
        """Return the dotted name that begins at a token, as written, and the number of the token behind it."""
        end = number + 1
        while self.has(end, "."):
            end += 2
        return "".join(token.text for token in self._tokens[number:end]), end

    def mentions(self, name: str) -> bool:
        """Say whether a name may stand in the statement."""
        return name.lower() in self.text.lower()

    def as_written(self, name: str) -> str:
        """Return a name that the statement holds in the form in which it stands there."""
        for token in self._tokens:
            if token.kind is TokenKind.IDENTIFIER and token.text.startswith('"') and name_value(token.text) == name:
                return token.text
        for token in self._tokens:
            if token.kind is TokenKind.WORD and name_value(token.text) == name:
                return token.text
        return quoted(name)

    def parts(self, first: int) -> list[tuple[int, int]]:
        """Return the first and last token of each part from a token on; commas outside of brackets part them."""
        found: list[tuple[int, int]] = []
        depth, start = 0, first
        for number in range(first, len(self._tokens)):
            text = self._tokens[number].text
            if text in ("(", "["):
                depth += 1
            elif text in (")", "]"):
                depth -= 1
            elif text == "," and depth == 0:
                found.append((start, number - 1))
                start = number + 1
        return [*found, (start, len(self._tokens) - 1)]

    def edited(self, edits: list[Edit]) -> str:
        """Return the statement's text, up to its last word, with edits."""
        return edited(self.text[: self.end], edits)


class AlterTable:
    """The words of an ALTER TABLE: its head, and its subcommands in the order of the grammar's."""

    def __init__(self, statement: Statement) -> None:
        self.words = words = Words(statement)
        at = 2
        head = words.spelled("ALTER TABLE ")
        self.if_exists = words.has(at, "IF", "EXISTS")
        if self.if_exists:
            head, at = head + words.spelled("IF EXISTS "), at + 2
        self.only = words.has(at, "ONLY")
        if self.only:
            head, at = head + words.spelled("ONLY "), at + 1
        within = words.has(at, "(")
        self.table, at = words.name(at + within)
        if within or words.has(at, "*"):
            at += 1
        self.head = head + self.table
        """As `ALTER TABLE IF EXISTS ONLY s.t`, for other subcommands."""
        parts = words.parts(at)
        self.parts = parts if len(parts) == len(statement.node.cmds) else []

    def keep(self, subcommands: str) -> str:
        """Return an ALTER TABLE of the same table with other subcommands, written in capitals."""
        return f"{self.head} {subcommands}"
