"""Is a column of type json?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.pg_types.lock_mode import LockMode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.lint.rule import PlacedColumn

CARD = Card(
    code="WB503",
    name="no-json-type",
    severity=Severity.ADVICE,
    title="json instead of jsonb",
    condition="A column of type json.",
    effect=(
        "It has no equality: SELECT DISTINCT, UNION and GROUP BY over a query that has it fail, and no index "
        "finds what is inside. It is parsed anew each time. A later change to jsonb takes an ACCESS EXCLUSIVE "
        "lock and writes the whole table anew."
    ),
    remedy="Use jsonb, unless the text must come back as it was written, with its spaces and doubled keys.",
    safe="CREATE TABLE events (body jsonb NOT NULL);",
    measured=("type json->jsonb",),
    lock=LockMode.ACCESS_EXCLUSIVE,
    rewrites=True,
    scans=True,
    sources=("https://www.postgresql.org/docs/current/datatype-json.html",),
    up_only=True,
)
KINDS = ("Column:json",)


def check(statement: Statement, node: PlacedColumn, context: Context) -> Iterator[Found]:
    """Look at a column."""
    yield Found(
        f"{node.name} has no equality: DISTINCT, UNION and GROUP BY fail on it", statement.at(node.column.location)
    )
