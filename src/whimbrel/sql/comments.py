"""Which line comments stand before the first statement of a text?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from whimbrel.sql.tokens import comment_end

if TYPE_CHECKING:
    from collections.abc import Iterator

_NEXT: Final = re.compile(r"[ \t\n\r\f\v;]*+(?:(--[^\n\r]*+)|(/\*))")


def head_comments(text: str) -> Iterator[tuple[int, str]]:
    """Yield offset and text, dashes included, of each `--` comment before the first statement."""
    at = 0
    while found := _NEXT.match(text, at):
        at = found.end()
        if found[1]:
            yield found.start(1), found[1]
        elif (at := comment_end(text, at)) < 0:
            return
