"""At which line and column of a text is an offset? Both from 1, in characters."""

from __future__ import annotations


def line_column(text: str, offset: int) -> tuple[int, int]:
    """Return the line and the column, from 1, of the character at `offset` (from 0).

    Lines end at line feeds. The carriage return of a CRLF file belongs to the line that it ends, so columns are the
    same as in an LF file.
    """
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)
