"""Does a COPY move its data over the connection, so that it takes a client to send or receive it?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.sql.reader import Reader

if TYPE_CHECKING:
    from whimbrel.sql.statement import Statement


def moves_client_data(statement: Statement) -> bool:
    """Tell whether a statement is COPY … FROM STDIN or TO STDOUT, of a table or a query.

    A file of the server's and PROGRAM need no client. PostgreSQL takes STDIN and STDOUT for each other.
    """
    if statement.keywords[:1] != ("COPY",):
        return False
    reader = Reader(statement.text, skip=1)
    reader.take("BINARY")
    if not reader.next_is("("):
        reader.qualified_name()
    reader.arguments()
    if not reader.take("FROM") and not reader.take("TO"):
        return False
    return reader.take("STDIN") or reader.take("STDOUT")
