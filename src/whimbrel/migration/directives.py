"""What do the `-- whimbrel:` comments at a file's head ask for?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from whimbrel.errors import BadFile
from whimbrel.sql.comments import head_comments
from whimbrel.sql.position import line_column

if TYPE_CHECKING:
    from collections.abc import Iterator

_COMMENT: Final = re.compile(r"--[ \t]*whimbrel:")
_WORD: Final = re.compile(r"[^\s,\[]+(?:\[[^\]]*\]?)?|\[[^\]]*\]?")
_OF_THE_LINTER: Final = re.compile(r"(?:ignore|ignore-file)\[[^\]]*\]")
_NO_TRANSACTION: Final = "no-transaction"


@dataclass(frozen=True, slots=True)
class Directives:
    """What a file asks for: `no_transaction` to run each of its statements in a transaction of its own, or in none."""

    no_transaction: bool = False


def directives(text: str, name: str) -> Directives:
    """Read the `-- whimbrel: …` comments before the first statement of the file `name`.

    Words are separated by white space or commas. What begins with the linter's `ignore[…]` or `ignore-file[…]` is
    passed over, with the reason behind it.

    Raises:
        BadFile: a word is none of these, or there is no word.
    """
    if "whimbrel:" not in text:
        return Directives()
    for offset, reason in misread(text):
        line, column = line_column(text, offset)
        remedy = f"write {_NO_TRANSACTION}, ignore[RULE] or ignore-file[RULE] after `-- whimbrel:`"
        raise BadFile(name, reason, line=line, column=column, remedy=remedy)
    return Directives(no_transaction=_asks(text))


def misread(text: str) -> Iterator[tuple[int, str]]:
    """Yield where a `-- whimbrel: …` comment before the first statement means nothing, and why."""
    for offset, words in _heads(text):
        if not words:
            yield offset, "the comment names no directive"
        for word in words:
            if _OF_THE_LINTER.match(word[0]):
                break  # behind it stands the reason
            if word[0] != _NO_TRANSACTION:
                yield offset + word.start(), f"there is no directive {word[0]!r}"
                break


def _heads(text: str) -> Iterator[tuple[int, list[re.Match[str]]]]:
    """Yield the comments before the first statement that are ours: their offset and their words."""
    for offset, comment in head_comments(text):
        directive = _COMMENT.match(comment)
        if directive is not None:
            yield offset, list(_WORD.finditer(comment, directive.end()))


def no_transaction(data: bytes) -> bool:
    """Say whether a file's head asks for no transaction, whatever else is wrong with it."""
    return b"no-transaction" in data and _asks(data.decode("utf-8", "replace"))


def _asks(text: str) -> bool:
    return any(word[0] == _NO_TRANSACTION for _, words in _heads(text) for word in words)
