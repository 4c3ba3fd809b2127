"""Does a column hold a time of which nobody knows when it was?"""

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
    code="WB597",
    name="prefer-timestamptz",
    severity=Severity.ADVICE,
    title="timestamp without time zone",
    condition="A column of type timestamp, which is timestamp without time zone.",
    effect=(
        "It holds what a clock on a wall said, not a moment: by which clock is known to the application "
        "alone, now() is written by the session's TimeZone, and differences across a change of daylight "
        "saving time are wrong. timestamptz holds a moment in as many bytes. A later change takes an ACCESS "
        "EXCLUSIVE lock and, unless the session's TimeZone is UTC, writes the whole table anew."
    ),
    remedy="Use timestamptz, for times that are UTC anyway too.",
    safe="CREATE TABLE orders (created_at timestamptz NOT NULL DEFAULT now());",
    measured=("type timestamp->timestamptz TZ=Europe/Oslo",),
    lock=LockMode.ACCESS_EXCLUSIVE,
    rewrites=True,
    scans=True,
    sources=(
        "https://wiki.postgresql.org/wiki/Don%27t_Do_This#Don.27t_use_timestamp_.28without_time_zone.29",
        "https://wiki.postgresql.org/wiki/Don%27t_Do_This#Don.27t_use_timestamp_.28without_time_zone.29_to_store_UTC_times",
    ),
    up_only=True,
)
KINDS = ("Column:timestamp",)


def check(statement: Statement, node: PlacedColumn, context: Context) -> Iterator[Found]:
    """Look at a column."""
    yield Found(f"{node.name} does not say in which time zone its times are", statement.at(node.column.location))
