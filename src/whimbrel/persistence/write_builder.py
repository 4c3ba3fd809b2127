"""Which texts do the writes of one table take: insert, save, delete softly, restore?

Names of tables and columns are quoted here; values have the names of their columns.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, cast

from whimbrel.persistence.errors import StatementError
from whimbrel.persistence.fragment import check_name
from whimbrel.persistence.statement import Row, Statement
from whimbrel.postgres.connection import identifier

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from whimbrel.persistence.query_builder import Call

_TUPLE = cast("Any", tuple)


@dataclass(frozen=True, slots=True, eq=False)
class Insert(Generic[Row]):
    """A new row. `columns` are names and types of what is given, `returning` names of what comes back.

    Raises StatementError, when it is declared, for names that cannot be meant.
    """

    name: str
    table: str
    columns: Mapping[str, Any]
    returning: tuple[str, ...] = ()
    row: type[Row] | Callable[..., Row] = _TUPLE
    statement: Statement[Row] = field(init=False, repr=False, default=cast("Any", None))

    def __post_init__(self) -> None:
        _check(self.name, self.columns, (*self.columns, *self.returning))
        text = _insert(self.table, self.columns) + _returning(self.returning)
        object.__setattr__(self, "statement", Statement(self.name, text, self.row, dict(self.columns)))

    def insert(self, /, **values: object) -> Call[Row]:
        """Return the statement and its values."""
        return self.statement, values

    def variants(self) -> Iterator[Statement[Row]]:
        """Yield the only statement."""
        yield self.statement


@dataclass(frozen=True, slots=True, eq=False)
class Upsert(Generic[Row]):
    """A row that is inserted, or updated where one of its key is there already: one statement.

    `columns` are names and types of what is given; `key` names those of the primary key or of another unique index on
    columns; `update` those that an update sets. With none, an update does nothing. Other unique indexes still raise.

    `soft_delete` is the column that is set in deleted rows: these are not updated, so a save does not bring one back.

    `version` is an integer column that counts the saves, to notice that another save came in between. A call gives the
    version that it read, 0 for a new row: 0 only inserts, and another only updates the row that still has this version,
    so a save does not bring back a row that is gone. Either way the row then has the next version.

    A call that saves nothing, for one of these reasons, affects no row and returns none.
    """

    name: str
    table: str
    columns: Mapping[str, Any]
    key: tuple[str, ...]
    update: tuple[str, ...]
    version: str | None = None
    soft_delete: str | None = None
    returning: tuple[str, ...] = ()
    row: type[Row] | Callable[..., Row] = _TUPLE
    _statements: tuple[Statement[Row], ...] = field(init=False, repr=False, default=())

    def __post_init__(self) -> None:
        _check(
            self.name, self.columns, (*self.columns, *self.returning, *filter(None, (self.version, self.soft_delete)))
        )
        for name in (*self.key, *self.update):
            if name not in self.columns:
                raise StatementError(
                    self.name, f"{name!r} is not among its columns", remedy="add it to `columns`, with its type"
                )
        if not self.key or set(self.key) & set(self.update):
            raise StatementError(
                self.name,
                "it needs a key, and must not update it",
                remedy="name the key's columns in `key`, and not in `update`",
            )
        if self.version in self.columns:
            raise StatementError(
                self.name,
                f"its version {self.version!r} must not be among its columns",
                remedy="take it out of `columns`: it is an int, and the statement counts it on",
            )
        object.__setattr__(self, "_statements", tuple(self._versioned() if self.version else (self._plain(),)))

    def save(self, /, **values: object) -> Call[Row]:
        """Return the statement and its values: those of all columns, and the version where there is one."""
        if self.version is None:
            return self._statements[0], values
        created, changed = self._statements
        if values.get(self.version) == 0:
            return created, {name: value for name, value in values.items() if name != self.version}
        left_out = self.columns.keys() - changed.params.keys()
        return changed, {name: value for name, value in values.items() if name not in left_out}

    def variants(self) -> Iterator[Statement[Row]]:
        """Yield the statement, or the two of a versioned row: of a new one and of one that is known."""
        yield from self._statements

    def _plain(self) -> Statement[Row]:
        assigned = ", ".join(f"{identifier(name)} = EXCLUDED.{identifier(name)}" for name in self.update)
        living = f" WHERE {_table(self.table)}.{identifier(self.soft_delete)} IS NULL" if self.soft_delete else ""
        action = f"UPDATE SET {assigned}{living}" if self.update else "NOTHING"
        text = f"{_insert(self.table, self.columns)} ON CONFLICT ({_names(self.key)}) DO {action}"
        return Statement(self.name, text + _returning(self.returning), self.row, dict(self.columns))

    def _versioned(self) -> Iterator[Statement[Row]]:
        version = self.version or ""
        text = _insert(self.table, self.columns, {identifier(version): "1"})
        text += f" ON CONFLICT ({_names(self.key)}) DO NOTHING{_returning(self.returning)}"
        yield Statement(f"{self.name}.new", text, self.row, dict(self.columns))
        assigned = ", ".join([*map(_equals, self.update), _counted(version)])
        same = " AND ".join(map(_equals, (*self.key, version)))
        living = f" AND {identifier(self.soft_delete)} IS NULL" if self.soft_delete else ""
        text = f"UPDATE {_table(self.table)} SET {assigned} WHERE {same}{living}{_returning(self.returning)}"
        types = {name: self.columns[name] for name in (*self.update, *self.key)}
        yield Statement(f"{self.name}.known", text, self.row, {**types, version: int})


@dataclass(frozen=True, slots=True, eq=False)
class SoftDelete(Generic[Row]):
    """Marks a row as deleted at a time, and brings it back.

    `key` are names and types of the key; `column` is the timestamptz that is set in deleted rows, NULL in others;
    `touch` are columns set to the time of either change. With `version` a call gives the version that it read, and the
    row then has the next one. A row that is not there, or is so already, or has another version is not affected.
    """

    name: str
    table: str
    key: Mapping[str, Any]
    column: str = "deleted_at"
    touch: tuple[str, ...] = ()
    version: str | None = None
    returning: tuple[str, ...] = ()
    row: type[Row] | Callable[..., Row] = _TUPLE
    _statements: tuple[Statement[Row], ...] = field(init=False, repr=False, default=())

    def __post_init__(self) -> None:
        names = (*self.key, self.column, *self.touch, *self.returning, *filter(None, (self.version,)))
        _check(self.name, self.key, names)
        if "at" in self.key or self.version == "at":
            raise StatementError(
                self.name,
                "no key or version can be called 'at': that is the time of the change",
                remedy="write the statement by hand",
            )
        object.__setattr__(self, "_statements", tuple(self._both()))

    def delete(self, /, *, at: object, **values: object) -> Call[Row]:
        """Return the statement that deletes the row of a key at `at`, a datetime with its zone, and its values."""
        return self._statements[0], {"at": at, **values}

    def restore(self, /, *, at: object = None, **values: object) -> Call[Row]:
        """Return the statement that brings a deleted row back; `at` is needed where there are columns to touch.

        The server refuses it where a unique index of living rows has another row in its place by now.
        """
        return self._statements[1], {"at": at, **values} if self.touch else values

    def variants(self) -> Iterator[Statement[Row]]:
        """Yield the statement of a deletion and that of a restoration."""
        yield from self._statements

    def _both(self) -> Iterator[Statement[Row]]:
        from datetime import datetime

        same = " AND ".join(map(_equals, (*self.key, *filter(None, (self.version,)))))
        column = identifier(self.column)
        types = {**self.key, **({self.version: int} if self.version else {})}
        changed = [f"{identifier(name)} = %(at)s" for name in self.touch]
        changed += [_counted(self.version)] if self.version else []
        for kind, value, state in (("delete", "%(at)s", "IS NULL"), ("restore", "NULL", "IS NOT NULL")):
            assigned = ", ".join([f"{column} = {value}", *changed])
            text = f"UPDATE {_table(self.table)} SET {assigned} WHERE {same} AND {column} {state}"
            timed = {"at": datetime} if "%(at)s" in text else {}
            yield Statement(f"{self.name}.{kind}", text + _returning(self.returning), self.row, {**timed, **types})


def _check(owner: str, columns: Mapping[str, Any], names: tuple[str, ...]) -> None:
    if not columns:
        raise StatementError(owner, "it has no columns")
    for name in names:
        check_name(owner, name)


def _table(table: str) -> str:
    return ".".join(map(identifier, table.split(".")))


def _names(columns: tuple[str, ...]) -> str:
    return ", ".join(map(identifier, columns))


def _equals(column: str) -> str:
    return f"{identifier(column)} = %({column})s"


def _counted(version: str) -> str:
    return f"{identifier(version)} = {identifier(version)} + 1"


def _insert(table: str, columns: Mapping[str, Any], more: Mapping[str, str] | None = None) -> str:
    values = {identifier(name): f"%({name})s" for name in columns} | dict(more or {})
    return f"INSERT INTO {_table(table)} ({', '.join(values)}) VALUES ({', '.join(values.values())})"


def _returning(columns: tuple[str, ...]) -> str:
    return f" RETURNING {_names(columns)}" if columns else ""
