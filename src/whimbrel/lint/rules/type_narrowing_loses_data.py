"""Does a new type take fewer values than the old?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.lint.retyped import retyped
from whimbrel.schema.narrowing import narrowing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import AlterTableCmd

CARD = Card(
    code="WB490",
    name="type-narrowing-loses-data",
    severity=Severity.WARNING,
    title="The new type takes fewer values than the old",
    condition="ALTER COLUMN … TYPE, in an up file and without a USING that computes, to a type that is shorter, "
    "smaller or less precise, on a table that was there before the file.",
    effect="Values that do not fit make the migration fail, or are cut or rounded for good: the down file cannot "
    "bring them back.",
    remedy="Look for values that do not fit before, and say in a USING what becomes of them.",
    safe="SELECT count(*) FROM users WHERE length(name) > 50;",
    sources=("https://www.postgresql.org/docs/current/typeconv-query.html",),
    up_only=True,
)
KINDS = ("AT_AlterColumnType",)


def check(statement: Statement, command: AlterTableCmd, context: Context) -> Iterator[Found]:
    """Look at an ALTER COLUMN … TYPE."""
    one = retyped(statement, command, context)
    if one is None or one.column is None or one.using:
        return
    written = command.definition.column if command.definition is not None else None
    cast = written is not None and bool(written.raw_default)
    if what := narrowing(one.column.type, one.new, cast=cast):
        yield Found(f"changing {one}: values {what}")
