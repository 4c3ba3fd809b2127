"""What is one statement of an SQL text: its words, and where does it stand?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from whimbrel.sql.tokens import TokenKind, spans

_KEYWORDS: Final = 8


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement as written: with the comments before it and its `;`, without the white space around it.

    `start` is the offset of its first character in the file. `keywords` are its first eight tokens outside comments,
    without the `;` that ends it: words in upper case, symbols one character each, all else as written.
    """

    text: str
    start: int
    keywords: tuple[str, ...]

    @property
    def end(self) -> int:
        """The offset in the file after its last character."""
        return self.start + len(self.text)


def keywords(text: str, *, standard_conforming_strings: bool = True) -> tuple[str, ...]:
    """Return what `Statement.keywords` is for such a text; nothing if it holds only comments."""
    found: list[str] = []
    for kind, start, end in spans(text, 0, standard_conforming_strings=standard_conforming_strings):
        written = text[start:end]
        if kind is TokenKind.UNFINISHED_COMMENT or (written == ";" and end == len(text)):
            break
        found.append(upper(written) if kind is TokenKind.WORD else written)
        if len(found) == _KEYWORDS:
            break
    return tuple(found)


def upper(word: str) -> str:
    """Put a word in upper case as PostgreSQL compares key words: ASCII letters only (`ı` is no I)."""
    return word.upper() if word.isascii() else "".join(c.upper() if c.isascii() else c for c in word)
