"""Do rows get keys that their sequence will give again?"""

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
    from whimbrel.schema.catalog import Column
    from whimbrel.sql.tree import InsertStmt

CARD = Card(
    code="WB725",
    name="sequence-behind-inserted-keys",
    severity=Severity.WARNING,
    title="Rows get keys that their sequence will give out again",
    condition=(
        "INSERT … VALUES with positive numbers for a serial or identity column, in an up file, where no setval or "
        "RESTART comes later in the file."
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
        if column is None or not _counts(column) or not _has_numbers(node, place):
            continue
        setting = statement.file.statements.that(_sets)
        if setting and setting[-1].number > statement.number:
            return
        yield Found(f"the sequence of {name} of {table.name[1]} gives these keys a second time")


def _counts(column: Column) -> bool:
    """Say whether a column fills itself from a sequence; of serial no expression is known."""
    return column.identity or (column.has_default and (not column.default or b'"nextval"' in column.default))


def _sets(statement: Statement) -> bool:
    tree = bytes(statement.raw)
    return any(mark in tree for mark in _AGAIN) or b"setval" in tree


def _has_numbers(node: InsertStmt, place: int) -> bool:
    """Say whether the first of the rows has a positive number in this place."""
    rows = decoded(node.select_stmt)["SelectStmt"].get("valuesLists", [])
    values = rows[0]["List"].get("items", []) if rows else []
    value = values[place].get("A_Const", {}) if place < len(values) else {}
    return bool(value.get("ival", {}).get("ival", 0) > 0)
