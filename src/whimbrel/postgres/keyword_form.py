"""Which server does libpq's other form of a connection string mean: `host=db.example dbname=app`?"""

from __future__ import annotations

import re

from whimbrel.postgres.conninfo import KEYWORDS, Scheme, Target, UrlError, parameters_of, parse_url

_FORM = re.compile(r"\s*[A-Za-z_][\w-]*\s*=", re.ASCII)
_ITEM = re.compile(
    r"\s*(?P<name>[A-Za-z_][\w-]*)\s*=\s*(?:'(?P<quoted>(?:[^'\\]|\\.)*)'|(?P<plain>(?!')(?:[^\s\\]|\\.|\\\Z)*))\s*",
    re.ASCII | re.DOTALL,
)
"""As libpq's conninfo_parse: a backslash escapes the next character, in quotes and outside (13 to 18)."""


def parse_database(text: str) -> Target:
    """Read a database URL, or `name=value` pairs of libpq's connection parameters.

    Raises:
        UrlError: it is neither.
        ParameterError: an x- parameter cannot be meant.
    """
    return _parse_pairs(text) if _FORM.match(text) else parse_url(text)


def _parse_pairs(text: str) -> Target:
    """Read `name=value` pairs; golang-migrate's x- parameters may stand among them.

    What cannot be read may be a part of a password with blanks, so no message shows it.
    """
    keywords: dict[str, str] = {}
    extra: dict[str, str] = {}
    position = 0
    while position < len(text):
        found = _ITEM.match(text, position)
        if found is None:
            reason = "it is no list of name=value; a value with blanks stands in single quotes"
            raise UrlError(reason)
        name = found["name"]
        written = found["plain"] if found["quoted"] is None else found["quoted"]
        value = re.sub(r"\\(.?)", r"\1", written, flags=re.DOTALL)
        if name.startswith("x-"):
            extra.setdefault(name, value)
        elif name in KEYWORDS:
            keywords[name] = value
        else:
            shown = "a name in it" if {"password", "sslpassword"} & keywords.keys() else name
            reason = f"{shown} is no connection parameter; a setting of the server stands in options='-c …'"
            raise UrlError(reason)
        position = found.end()
    return Target(tuple(keywords.items()), Scheme.POSTGRES, parameters=parameters_of(extra, Scheme.POSTGRES))
