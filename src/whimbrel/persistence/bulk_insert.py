"""A bulk insert is one statement for any number of rows: an array for each column, unnested by the server.

    CREATE_MANY = BulkInsert(
        "users.create_many",
        table="users",
        columns={"id": UUID, "email": str, "nickname": str | None, "role": Role},
        types={"role": "user_role"},
        returning=("id", "created_at"),
        conflict=("lower(email)",),
        conflict_where="deleted_at IS NULL",
    )

Its text does not depend on the number of rows: it is planned once, and can be checked.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from enum import Enum
from operator import lt
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Generic

from whimbrel.persistence.columns import Column, ColumnValues, declared, transposed
from whimbrel.persistence.errors import ServerError, StatementError
from whimbrel.persistence.rows import ByBlock, list_mapper
from whimbrel.persistence.statement import Row, Statement
from whimbrel.postgres.connection import identifier

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_IDENTIFIER = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_AT = "whimbrel.row"


class Creation(Enum):
    """What became of a row."""

    INSERTED = "inserted"
    CONFLICTED = "conflicted"
    """It was not written, because another row has its key: in the table, or before it in the input."""


@dataclass(frozen=True, slots=True)
class RowOutcome(Generic[Row]):
    """What became of a row, and what the table holds of it: `returning`'s columns where it was inserted, else None."""

    creation: Creation
    row: Row | None

    @property
    def is_inserted(self) -> bool:
        """Whether it was written."""
        return self.creation is Creation.INSERTED


@dataclass(frozen=True, slots=True)
class _Inserted(Generic[Row]):
    """Rows that were inserted: the place of each in the input, from 1, and its outcome."""

    places: list[int]
    outcomes: list[RowOutcome[Row]]


@dataclass(frozen=True, slots=True)
class BulkInsert(Generic[Row]):
    """An insert of many rows, declared once.

    `name` is its identity, as a Statement's. `table` may have its schema, as in `app.users`. `columns` gives the Python
    type of each column that is written: those of a Statement's parameters; one that takes NULL is declared with
    `| None`. `types` names a column's PostgreSQL type where the Python type does not tell it: of an enum, of a value
    object, of a str that is to become a uuid. `returning` names the columns that come back, as `row`.

    `conflict` is the arbiter of `create_many_with_outcomes`: the columns or expressions of the unique index that a row
    may run into, as the index has them, and `conflict_where` its predicate where it is a partial one. Without it, any
    unique index is.

    Raises `StatementError` where it is declared, when it cannot be meant.
    """

    name: str
    table: str
    columns: Mapping[str, Any] = field(hash=False)
    types: Mapping[str, str] = field(default_factory=dict, hash=False)
    returning: tuple[str, ...] = ()
    row: type[Row] | Callable[..., Row] = tuple  # type: ignore[assignment]  # the default of Row
    conflict: tuple[str, ...] = ()
    conflict_where: str = ""
    statement: Statement[Row] = field(init=False, repr=False, compare=False)
    """What `create_many` runs."""
    outcomes_statement: Statement[Any] = field(init=False, repr=False, compare=False)
    """What `create_many_with_outcomes` runs: its last column is the row's place, from 1."""
    _columns: tuple[Column, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.columns:
            raise StatementError(self.name, "it has no columns")
        for names in (self.returning, self.conflict):
            if not isinstance(names, tuple):
                raise StatementError(self.name, "returning and conflict are tuples of texts", remedy='write ("id",)')
        if unknown := self.types.keys() - self.columns.keys():
            raise StatementError(self.name, f"types has {', '.join(sorted(unknown))}, which columns lacks")
        if self.conflict_where and not self.conflict:
            raise StatementError(self.name, "conflict_where is the predicate of an index that conflict does not name")
        columns = tuple(
            declared(self.name, column, kind, self.types.get(column, "")) for column, kind in self.columns.items()
        )
        object.__setattr__(self, "columns", MappingProxyType(dict(self.columns)))
        object.__setattr__(self, "types", MappingProxyType(dict(self.types)))
        object.__setattr__(self, "_columns", columns)
        params = dict.fromkeys(_parameters(columns), Any)
        returned = [quoted(column) for column in self.returning]
        text = self._insert() + (f"\nRETURNING {', '.join(returned)}" if returned else "")
        object.__setattr__(self, "statement", Statement(self.name, text, self.row, params))
        text = self._insert_unless_taken() + f"\nRETURNING {', '.join([*returned, _PLACE])}"
        object.__setattr__(self, "outcomes_statement", Statement(self.name, text, ByBlock(self._inserted), params))

    def bind(self, rows: Sequence[Any]) -> dict[str, ColumnValues]:
        """Return the parameters for rows; a row is a sequence in the order of `columns`, or a mapping of their names.

        Raises `InvalidParameter`, which names the column and the row's index, for a value that cannot be sent.
        """
        values = transposed(self.name, tuple(self.columns), rows)
        return {
            parameter: ColumnValues(column, column.ready(self.name, given))
            for parameter, column, given in zip(_parameters(self._columns), self._columns, values, strict=True)
        }

    def outcomes(self, count: int, found: Sequence[_Inserted[Row]]) -> list[RowOutcome[Row]]:
        """Return the outcome of each of `count` rows from what `outcomes_statement` returned."""
        places = list(itertools.chain.from_iterable(block.places for block in found))
        if places and (
            places[0] < 1 or places[-1] > count or not all(map(lt, places, itertools.islice(places, 1, None)))
        ):
            message = "the server did not say which rows it inserted"
            raise ServerError(self.name, message, remedy="use create_many for this table")
        inserted = list(itertools.chain.from_iterable(block.outcomes for block in found))
        if len(inserted) == count:
            return inserted
        outcomes: list[RowOutcome[Row]] = [RowOutcome(Creation.CONFLICTED, None)] * count
        for place, outcome in zip(places, inserted, strict=True):
            outcomes[place - 1] = outcome
        return outcomes

    def _inserted(self, rows: Sequence[tuple[Any, ...]]) -> _Inserted[Row]:
        places = [row[-1] for row in rows]
        if not self.returning:
            return _Inserted(places, [RowOutcome(Creation.INSERTED, None)] * len(rows))
        make: Callable[[Sequence[Any]], list[Any]] = list_mapper(self.row, self.returning, op=self.name)
        made = make([row[:-1] for row in rows])
        return _Inserted(places, list(map(RowOutcome, itertools.repeat(Creation.INSERTED), made)))

    def _insert(self) -> str:
        return f"{self._head()}\nSELECT {self._values()}\nFROM (SELECT {self._unnested()}) v"

    def _insert_unless_taken(self) -> str:
        first = f"%({_parameters(self._columns)[0]})s::{self._columns[0].element.name}[]"
        places = f'pg_catalog.generate_series(1, pg_catalog.cardinality({first})) AS "{_ORDINAL}"'
        arbiter = f" ({', '.join(map(escaped, self.conflict))})" if self.conflict else ""
        arbiter += f" WHERE {escaped(self.conflict_where)}" if self.conflict_where else ""
        return (
            f"{self._head()}\nSELECT {self._values()}\nFROM (SELECT {self._unnested()}, {places}) v\n"
            f"WHERE {_NOTE_PLACE}\nON CONFLICT{arbiter} DO NOTHING"
        )

    def _head(self) -> str:
        return f"INSERT INTO {qualified(self.table)} ({', '.join(quoted(column.name) for column in self._columns)})"

    def _values(self) -> str:
        return ", ".join(
            f"v.{quoted(column.name)}" + (f"::{escaped(column.cast)}" if column.cast else "")
            for column in self._columns
        )

    def _unnested(self) -> str:
        return ", ".join(
            f"pg_catalog.unnest(%({parameter})s::{column.element.name}[]) AS {quoted(column.name)}"
            for parameter, column in zip(_parameters(self._columns), self._columns, strict=True)
        )


# The arrays are unnested in the select list: in FROM each would be stored once more, on the disk beyond work_mem. There
# they run in step, and no plan for an INSERT puts their rows into another order.
#
# RETURNING sees the table's row, not the input's. Each row goes through the whole plan before the next one is made, so
# what was noted last is the place of the row that is returned.
_ORDINAL = "whimbrel row"
_NOTE_PLACE = f"pg_catalog.set_config('{_AT}', v.\"{_ORDINAL}\"::text, true) IS NOT NULL"
_PLACE = f"pg_catalog.current_setting('{_AT}')::int8"


def quoted(name: str) -> str:
    """Quote a name for the text of a statement with parameters."""
    return escaped(identifier(name))


def qualified(table: str) -> str:
    """Quote a table's name, with its schema if it has one."""
    return ".".join(quoted(part) for part in table.split("."))


def escaped(sql: str) -> str:
    """Return SQL for the text of a statement with parameters, in which a percent sign means one."""
    return sql.replace("%", "%%")


def _parameters(columns: Sequence[Column]) -> list[str]:
    return [
        column.name if _IDENTIFIER.fullmatch(column.name) else f"column_{place}" for place, column in enumerate(columns)
    ]
