"""How does a project want its objects to be called?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from whimbrel.errors import Misuse
from whimbrel.lint.names_made import Named

if TYPE_CHECKING:
    from collections.abc import Mapping

TABLE: Final = "{table}"
"""What in a pattern stands for the name of the object's table."""


def checked_naming(table: Mapping[str, Any], origin: str) -> tuple[tuple[Named, str], ...]:
    """Read `[tool.whimbrel.lint.naming]`: regular expressions for whole names by what is named.

    Raises:
        Misuse: a key that names nothing, or a value that is no regular expression.
    """
    read: list[tuple[Named, str]] = []
    for key, pattern in table.items():
        try:
            named = Named(key)
        except ValueError:
            message = f"{origin}: [tool.whimbrel.lint.naming] has no key {key!r}"
            raise Misuse(message, remedy=f"its keys: {', '.join(Named)}") from None
        try:
            re.compile(pattern.replace(TABLE, "t"))
        except (re.error, AttributeError) as error:
            message = f"{origin}: {key} in [tool.whimbrel.lint.naming] is {pattern!r}, not a regular expression"
            raise Misuse(message, remedy=f"it is one of Python's, and {TABLE} stands for the table's name") from error
        read.append((named, pattern))
    return tuple(read)


def follows(name: str, pattern: str, table: str) -> bool:
    """Say whether a name is as a pattern wants it."""
    return re.fullmatch(pattern.replace(TABLE, re.escape(table)), name) is not None
