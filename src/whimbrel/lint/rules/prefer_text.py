"""Does a column limit its texts' length?"""

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
    code="WB595",
    name="prefer-text",
    severity=Severity.ADVICE,
    title="varchar(n) without need",
    condition="A new column of type varchar(n).",
    effect=(
        "Both text and varchar(n) are stored alike and are as quick; only INSERT of a longer text fails. A "
        "later, shorter limit takes an ACCESS EXCLUSIVE lock and writes the whole table anew; a longer one "
        "changes the catalog alone."
    ),
    remedy="Use text, with a CHECK on the length where a limit is wanted: it can be changed without a rewrite.",
    safe="CREATE TABLE users (name text CONSTRAINT users_name_length CHECK (length(name) <= 100));",
    on=False,
    measured=("type varchar(20)->varchar(10)",),
    lock=LockMode.ACCESS_EXCLUSIVE,
    rewrites=True,
    scans=True,
    sources=("https://wiki.postgresql.org/wiki/Don%27t_Do_This#Don.27t_use_varchar.28n.29_by_default",),
    up_only=True,
)
KINDS = ("Column:varchar",)


def check(statement: Statement, node: PlacedColumn, context: Context) -> Iterator[Found]:
    """Look at a column."""
    if node.changed or not node.column.type_name or not node.column.type_name.typmods:
        return
    yield Found(
        f"{node.name} refuses texts that are longer than its limit, and gains nothing by it",
        statement.at(node.column.location),
    )
