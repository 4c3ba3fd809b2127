"""Do rows get keys that their sequence will give again?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.sql.expression import decoded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.schema.catalog import Column
    from whimbrel.sql.tree import InsertStmt

CARD = Card(
    code="WB725",
    name="sequence-behind-inserted-keys",
    severity=Severity.WARNING,
    title="Rows get keys that their sequence will give out again",
    condition=(
        "INSERT … VALUES with positive numbers for a serial or identity column, in an up file, where no setval or "
        "RESTART comes later in the file, none before has put the sequence behind them, and it does not START there."
    ),
    effect=(
        "The sequence does not see these keys: the INSERTs of the application get them a second time and fail with "
        "23505 until the sequence has passed them."
    ),
    remedy="Leave the column out, or set the sequence behind the rows.",
    sources=("https://www.postgresql.org/docs/current/functions-sequence.html",),
    up_only=True,
)
KINDS = ("InsertStmt",)


_AGAIN = (b'"setval"', b'"restart"')
_INTEGER = re.compile(rb'"ival":([0-9]+)')


def check(statement: Statement, node: InsertStmt, context: Context) -> Iterator[Found]:
    """Look at an INSERT."""
    if b'"valuesLists":' not in bytes(node.select_stmt):
        return
    table = context.relation(node.relation)
    if table is None or not any(_counts(column) for column in table.columns.values()):
        return
    written = [one["ResTarget"].get("name", "") for one in map(decoded, node.cols)] or list(table.columns)
    for place, name in enumerate(written):
        column = table.columns.get(name)
        if column is None or not _counts(column):
            continue
        highest = _highest(node, place)
        if highest < max(1, column.first):
            continue
        settings = statement.file.statements.that(_sets)
        if any(one.number > statement.number or _reaches(one, highest) for one in settings):
            return
        yield Found(f"the sequence of {name} of {table.name[1]} gives these keys a second time")


def _counts(column: Column) -> bool:
    """Say whether a column fills itself from a sequence; of serial no expression is known."""
    return column.identity or (column.has_default and (not column.default or b'"nextval"' in column.default))


def _sets(statement: Statement) -> bool:
    tree = bytes(statement.raw)
    return any(mark in tree for mark in _AGAIN) or b"setval" in tree


def _reaches(setting: Statement, number: int) -> bool:
    """Say whether an earlier setval or RESTART has put a sequence to this number or behind it."""
    return any(int(found[1]) >= number for found in _INTEGER.finditer(bytes(setting.raw)))


def _highest(node: InsertStmt, place: int) -> int:
    """Return the higher of the numbers that the first and the last row have in a place, 0 where they have none."""
    rows = decoded(node.select_stmt)["SelectStmt"].get("valuesLists", [])
    highest = 0
    for row in (*rows[:1], *rows[-1:]):
        values = row["List"].get("items", [])
        value = values[place].get("A_Const", {}) if place < len(values) else {}
        highest = max(highest, value.get("ival", {}).get("ival", 0))
    return highest
