"""Are large values compressed by the older method?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.lint.rule import PlacedColumn

CARD = Card(
    code="WB525",
    name="toast-compression",
    severity=Severity.ADVICE,
    title="Large values compressed by pglz",
    condition=(
        "A new column of type jsonb, json, xml or bytea without COMPRESSION lz4, and storage that does compress."
    ),
    effect=(
        "Since PostgreSQL 14 a column may be compressed by lz4, which is several times as quick as pglz at "
        "about the same size; pglz is the default unless default_toast_compression says otherwise."
    ),
    remedy="Write COMPRESSION lz4, if the server was built with it, or set default_toast_compression.",
    safe="CREATE TABLE events (body jsonb COMPRESSION lz4 NOT NULL);",
    on=False,
    since=14,
    sources=("https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-DEFAULT-TOAST-COMPRESSION",),
    up_only=True,
)
KINDS = (
    "Column:jsonb",
    "Column:json",
    "Column:xml",
    "Column:bytea",
)
_PLAIN = ("PLAIN", "EXTERNAL")


def check(statement: Statement, node: PlacedColumn, context: Context) -> Iterator[Found]:
    """Look at a column."""
    if (
        context.version < CARD.since
        or node.changed
        or node.column.compression
        or node.column.storage_name.upper() in _PLAIN
    ):
        return
    yield Found(
        f"{node.name} is compressed by pglz unless the server says otherwise", statement.at(node.column.location)
    )
