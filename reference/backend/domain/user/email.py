"""What is an e-mail address here? One in ASCII, kept as typed and compared without regard to case.

ASCII only, since "the same but for its case" then means one thing in Python and on every server, whatever its locale.
An international domain is written in its `xn--` form. Whether anyone reads the address, only a letter to it can tell.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from backend.domain.errors import Invalid

MAX_LENGTH = 254

_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")


class InvalidEmail(Invalid):
    """A text is no e-mail address; the message gives the reason, not the text."""

    code = "invalid-email"

    def __init__(self, reason: str) -> None:
        super().__init__(f"email: {reason}")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Email:
    """An e-mail address; two are equal if they differ in case only. Raises `InvalidEmail`."""

    text: str = field(compare=False)
    key: str = field(init=False, repr=False)
    """The address in lower case: what is compared and what must be unique."""

    def __post_init__(self) -> None:
        reason = _what_is_wrong(self.text)
        if reason:
            raise InvalidEmail(reason)
        object.__setattr__(self, "key", self.text.lower())

    def __str__(self) -> str:
        return self.text


def _what_is_wrong(text: str) -> str:
    local, at, domain = text.rpartition("@")
    labels = domain.split(".")
    if len(text) > MAX_LENGTH:
        return f"has {len(text)} characters, {MAX_LENGTH} are allowed"
    if not at:
        return "has no @"
    if not text.isascii():
        return "has a character that is not ASCII"
    if len(local) > 64 or not _LOCAL.fullmatch(local):
        return "the part before the @ is none that can be written to"
    if len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels):
        return "the part after the @ is no domain name"
    return ""
