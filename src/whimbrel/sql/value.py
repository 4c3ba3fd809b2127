"""What do a name, a string and a switch stand for, as they are written in SQL?"""

from __future__ import annotations

import re
from typing import Final

_NAME_BYTES: Final = 63
_ESCAPE = r"{0}(?:{0}|([0-9A-Fa-f]{{4}})|\+([0-9A-Fa-f]{{6}}))"
_TRUE: Final = frozenset(("t", "tr", "tru", "true", "y", "ye", "yes", "on", "1"))
_FALSE: Final = frozenset(("f", "fa", "fal", "fals", "false", "n", "no", "of", "off", "0"))


def name_value(written: str, *, escape: str = "\\") -> str:
    """Return the identifier that PostgreSQL makes of a written name.

    Unquoted ones are put in lower case, ASCII letters only, as servers with UTF-8 do. `escape` is what begins a code
    point in U&"…". All are cut to 63 bytes (NAMEDATALEN - 1), at a character.
    """
    if not written.endswith('"'):
        value = written.lower() if written.isascii() else "".join(c.lower() if c.isascii() else c for c in written)
    else:
        value = written[written.index('"') + 1 : -1].replace('""', '"')
        if written[0] in "uU":
            value = _unescape(value, escape)
    return value.encode("utf-8", "surrogatepass")[:_NAME_BYTES].decode("utf-8", "ignore")


def string_value(written: str) -> str | None:
    """Return what a string constant holds; None if it has escapes or continuations, or is no string."""
    if written.startswith("$"):
        tag = written[: written.index("$", 1) + 1]
        return written[len(tag) : -len(tag)]
    opening, _, inside = written.partition("'")
    if opening not in {"", "n", "N", "e", "E"} or not inside.endswith("'") or "\\" in inside:
        return None
    value = inside[:-1].replace("''", "\0")
    return None if "'" in value else value.replace("\0", "'")


def is_true(value: str) -> bool | None:
    """Read a switch as PostgreSQL does (its parse_bool): `on`, `1`, beginnings of `true`; None for others."""
    word = value.lower()
    return True if word in _TRUE else False if word in _FALSE else None


def _unescape(value: str, escape: str) -> str:
    """Put the characters that the escapes mean in their place; two halves of a UTF-16 pair make one."""

    def character(found: re.Match[str]) -> str:
        code = found[1] or found[2]
        return chr(int(code, 16)) if code and int(code, 16) <= 0x10FFFF else found[0][0]

    text = re.sub(_ESCAPE.format(re.escape(escape)), character, value)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
