"""What text can be kept? Any that PostgreSQL can store, without a NUL and without half a character."""

from __future__ import annotations

import unicodedata

from backend.domain.errors import Invalid


class InvalidText(Invalid):
    """A text cannot be kept; `field` says which, `reason` why."""

    code = "invalid-text"

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


def one_line(field: str, text: str, longest: int) -> str:
    """The text without blanks at its ends; raises `InvalidText` where it is empty, too long, or more than a line."""
    line = prose(field, text, longest).strip()
    if not line:
        raise InvalidText(field, "is empty")
    if any(unicodedata.category(character) == "Cc" for character in line):
        raise InvalidText(field, "holds a control character")
    return line


def prose(field: str, text: str, longest: int) -> str:
    """The text as it is; raises `InvalidText` where it cannot be stored or is over `longest` characters."""
    if len(text) > longest:
        raise InvalidText(field, f"has {len(text)} characters, {longest} are allowed")
    if "\0" in text:
        raise InvalidText(field, "holds a NUL character")
    if any(unicodedata.category(character) == "Cs" for character in text):
        raise InvalidText(field, "holds half a surrogate pair")
    return text
