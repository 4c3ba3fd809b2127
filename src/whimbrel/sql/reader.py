"""How are the parts of one statement read in turn: key words, names, option lists?"""

from __future__ import annotations

from typing import Final

from whimbrel.sql.statement import upper
from whimbrel.sql.tokens import Token, TokenKind, tokens
from whimbrel.sql.value import name_value, string_value

_END: Final = Token(TokenKind.SYMBOL, "", 0)


class Reader:
    """The tokens of a statement without its final `;`, and how far they are read.

    `skip` are the tokens at its beginning that are known already.
    """

    def __init__(self, text: str, *, skip: int = 0) -> None:
        self._text = text
        self._tokens = [token for token in tokens(text) if token.kind is not TokenKind.UNFINISHED_COMMENT]
        while self._tokens and self._tokens[-1].text == ";":
            self._tokens.pop()
        self._at = skip

    @property
    def token(self) -> Token:
        """The next token; one without text at the end."""
        return self._tokens[self._at] if self._at < len(self._tokens) else _END

    @property
    def at_end(self) -> bool:
        """Whether all is read."""
        return self._at >= len(self._tokens)

    def rest(self) -> str:
        """Return all that is not read yet, as written, without the comments at its end."""
        return "" if self.at_end else self._text[self.token.start : self._tokens[-1].end]

    def next_is(self, *words: str) -> bool:
        """Tell whether these key words or symbols come next."""
        following = self._tokens[self._at : self._at + len(words)]
        return len(following) == len(words) and all(map(_is, following, words))

    def take(self, *words: str) -> bool:
        """Read these key words or symbols, all or none."""
        found = self.next_is(*words)
        if found:
            self._at += len(words)
        return found

    def next(self) -> Token:
        """Read the next token."""
        token = self.token
        self._at += 1
        return token

    def name(self) -> str | None:
        """Read a name without a schema; return the identifier that it stands for."""
        token = self.token
        if token.kind not in {TokenKind.WORD, TokenKind.IDENTIFIER}:
            return None
        self._at += 1
        escape = "\\"
        if token.text[:2].lower() == "u&" and self.take("UESCAPE"):
            escape = string_value(self.next().text) or escape
        return name_value(token.text, escape=escape)

    def qualified_name(self) -> str | None:
        """Read a name with or without a schema; return it as written, in a form that to_regclass takes.

        Comments and white space between its parts are left out, and U&"…" becomes the plain quoted form.
        """
        parts: list[str] = []
        while True:
            written = self.token.text
            value = self.name()
            if value is None:
                return None
            parts.append('"' + value.replace('"', '""') + '"' if written[:2].lower() == "u&" else written)
            if not self.take("."):
                return ".".join(parts)

    def relation(self) -> str | None:
        """Read a table as `name`, `name *`, `ONLY name` or `ONLY (name)`; return its name as `qualified_name` does."""
        if self.take("ONLY") and self.take("("):
            name = self.qualified_name()
            return name if self.take(")") else None
        name = self.qualified_name()
        self.take("*")
        return name

    def options(self) -> dict[str, str]:
        """Read an option list in parentheses: names in lower case with their values, `true` where none is written.

        Of an option that is written twice the last counts. Without a list the result is empty.
        """
        found: dict[str, str] = {}
        for item in self.arguments():
            name, *value = [token for token in item if token.text != "="] or [_END]
            found[name_value(name.text)] = constant(value[0]) if value else "true"
        return found

    def arguments(self) -> list[list[Token]]:
        """Read a list in parentheses; return the tokens of each item, parentheses inside items kept."""
        items: list[list[Token]] = [[]]
        if not self.take("("):
            return []
        depth = 1
        while not self.at_end:
            token = self.next()
            depth += (token.text == "(") - (token.text == ")")
            if depth == 0:
                break
            if depth == 1 and token.text == ",":
                items.append([])
            else:
                items[-1].append(token)
        return items


def _is(token: Token, word: str) -> bool:
    """Tell whether a token is a key word (given in upper case) or a symbol."""
    if token.kind is TokenKind.WORD:
        return upper(token.text) == word
    return token.kind is TokenKind.SYMBOL and token.text == word


def constant(token: Token) -> str:
    """Return what a string holds, or another token as written."""
    value = string_value(token.text) if token.kind is TokenKind.STRING else None
    return token.text if value is None else value
