"""What do the `-- whimbrel:` comments at a file's head ask for?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from whimbrel.errors import BadFile
from whimbrel.sql.comments import head_comments
from whimbrel.sql.position import line_column

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
    no_transaction = False
    if "whimbrel:" not in text:
        return Directives()
    for offset, comment in head_comments(text):
        directive = _COMMENT.match(comment)
        if directive is None:
            continue
        words = list(_WORD.finditer(comment, directive.end()))
        if not words:
            raise _bad(text, name, offset, "the comment names no directive")
        reason = False
        for word in words:
            if word[0] == _NO_TRANSACTION:
                no_transaction = True
            elif _OF_THE_LINTER.match(word[0]):
                reason = True  # is what follows
            elif not reason:
                raise _bad(text, name, offset + word.start(), f"there is no directive {word[0]!r}")
    return Directives(no_transaction=no_transaction)


def no_transaction(data: bytes) -> bool:
    """Say whether a file's head asks for no transaction, whatever else is wrong with it."""
    if b"no-transaction" not in data:
        return False
    text = data.decode("utf-8", "replace")
    for _, comment in head_comments(text):
        directive = _COMMENT.match(comment)
        if directive is not None and _NO_TRANSACTION in [word[0] for word in _WORD.finditer(comment, directive.end())]:
            return True
    return False


def _bad(text: str, name: str, offset: int, reason: str) -> BadFile:
    line, column = line_column(text, offset)
    remedy = f"write {_NO_TRANSACTION}, ignore[RULE] or ignore-file[RULE] after `-- whimbrel:`"
    return BadFile(name, reason, line=line, column=column, remedy=remedy)
