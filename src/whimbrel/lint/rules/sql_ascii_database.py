"""Does a database take any bytes?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.sql.expression import decoded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import CreatedbStmt

CARD = Card(
    code="WB509",
    name="sql-ascii-database",
    severity=Severity.ADVICE,
    title="A database of encoding SQL_ASCII",
    condition="CREATE DATABASE with the encoding SQL_ASCII.",
    effect=(
        "The server checks and converts nothing: texts of several encodings get mixed, and nobody can tell "
        "them apart later."
    ),
    remedy="Use UTF8; keep bytes of an unknown encoding in bytea.",
    safe="CREATE DATABASE shop ENCODING 'UTF8' TEMPLATE template0;",
    on=False,
    sources=("https://wiki.postgresql.org/wiki/Don%27t_Do_This#Don.27t_use_SQL_ASCII",),
)
KINDS = ("CreatedbStmt",)


def check(statement: Statement, node: CreatedbStmt, context: Context) -> Iterator[Found]:
    """Look at a CREATE DATABASE."""
    for one in node.options:
        if one.option is not None and one.option.defname == "encoding":
            value = decoded(one.option.arg)
            # The server leaves out all but letters and digits, and takes the encoding's number too.
            text = "".join(char for char in value.get("String", {}).get("sval", "") if char.isalnum())
            if text.lower() == "sqlascii" or value.get("Integer") == {}:
                yield Found(f"{node.dbname} takes bytes of any encoding as text", statement.at(one.option.location))
