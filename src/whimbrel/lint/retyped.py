"""Which column gets which type by an ALTER COLUMN … TYPE, and what becomes of its table?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from whimbrel.lint.altered_table import has_rows
from whimbrel.lint.session_time_zone import session_is_utc
from whimbrel.schema.fold_table import collation_of
from whimbrel.schema.type_change import TypeChange, computes, type_change
from whimbrel.schema.types import type_of

if TYPE_CHECKING:
    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.schema.catalog import Column, Relation, Type
    from whimbrel.sql.tree import AlterTableCmd

_ZONED = {"timestamp", "timestamptz"}


@dataclass(frozen=True, slots=True)
class Retyped:
    """A column of a table that was there before, and has rows.

    `relation` and `column` are None where they are not known.
    """

    table: str
    name: str
    new: Type
    using: bool
    """Whether a USING computes the new values."""
    utc: bool | None
    """Whether the session's time zone is UTC, None where the file does not say."""
    change: TypeChange | None
    """None where the old type is not known; as in UTC where the time zone is not known."""
    relation: Relation | None = None
    column: Column | None = None
    collation: str | None = None
    """The new collation, empty for the default, where it is another than the old."""

    @property
    def zoned(self) -> bool:
        """Whether it goes from timestamp to timestamptz or back, without more."""
        if self.column is None or self.using:
            return False
        old = self.column.type
        return {old.name, self.new.name} == _ZONED and not (old.array or self.new.array)

    def __str__(self) -> str:
        old = "" if self.column is None else f" from {self.column.type}"
        collated = ""
        if self.collation is not None:
            collated = f' COLLATE "{self.collation or "default"}"'
        return f"{self.table}.{self.name}{old} to {self.new}{collated}"


def retyped(statement: Statement, command: AlterTableCmd, context: Context) -> Retyped | None:
    """Return what a subcommand does to a column; None where its table is new or nothing is stored.

    It is asked of the statement at hand, and looks once.
    """
    known = context.answers.get("retyped")
    if known is None or known[0] is not command:
        known = context.answers["retyped"] = command, _retyped(statement, command, context)
    answer: Retyped | None = known[1]
    return answer


def _retyped(statement: Statement, command: AlterTableCmd, context: Context) -> Retyped | None:
    written = command.definition.column if command.definition is not None else None
    node = statement.node
    if written is None or written.type_name is None or not has_rows(statement, context):
        return None
    relation = context.relation(node.relation)
    column = relation.columns.get(command.name) if relation is not None else None
    new = type_of(written.type_name, context.catalog)
    recollated = column is not None and collation_of(written) != column.collation
    using, utc = computes(written.raw_default, command.name), session_is_utc(statement, context)
    change = TypeChange.REWRITE if using else None
    if column is not None and not using:
        change = type_change(
            column.type, new, using=False, utc=utc is not False, catalog=context.catalog, recollated=recollated
        )
    return Retyped(
        node.relation.relname, command.name, new, using, utc, change, relation, column,
        collation_of(written) if recollated else None,
    )  # fmt: skip
