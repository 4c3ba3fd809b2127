"""Does a change between timestamps with and without time zone write the table anew?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.lint.retyped import retyped
from whimbrel.pg_types.lock_mode import LockMode
from whimbrel.schema.type_change import TypeChange

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import AlterTableCmd

CARD = Card(
    code="WB127",
    name="timestamp-tz-conversion",
    severity=Severity.WARNING,
    title="A time zone is added to or taken from a column",
    condition="ALTER COLUMN … TYPE from timestamp to timestamptz or back, without a USING, where the file does not "
    "set the time zone to UTC.",
    effect="It reads the values as times of the session's time zone. It takes an ACCESS EXCLUSIVE lock on the table, "
    "which blocks reads and writes, for a moment where that zone is UTC; in any other it writes the table and all its "
    "indexes anew under the lock.",
    remedy="Set the time zone to UTC for the transaction where the values are in UTC; add a new column where they are "
    "not.",
    safe="SET LOCAL timezone = 'UTC';\nALTER TABLE orders ALTER COLUMN created_at TYPE timestamptz;",
    measured=("type timestamp->timestamptz TZ=Europe/Oslo", "type timestamptz->timestamp TZ=Europe/Oslo"),
    lock=LockMode.ACCESS_EXCLUSIVE,
    rewrites=True,
    scans=True,
    sources=("https://www.postgresql.org/docs/12/release-12.html",),
)
KINDS = ("AT_AlterColumnType",)


def check(statement: Statement, command: AlterTableCmd, context: Context) -> Iterator[Found]:
    """Look at an ALTER COLUMN … TYPE."""
    one = retyped(statement, command, context)
    if one is None or not one.zoned or one.utc:
        return
    if one.utc is False:
        yield Found(
            f"changing {one} writes all of {one.table} anew, as the time zone is not UTC", severity=Severity.ERROR
        )
    elif one.change is not TypeChange.REWRITE:
        yield Found(f"changing {one} writes all of {one.table} anew where the session's time zone is not UTC")
