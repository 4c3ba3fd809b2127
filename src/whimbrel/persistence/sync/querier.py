# Written by tools/generate_sync.py from querier.py: change that one.
"""How is a declared statement run, and what comes back? On the pool each by itself, in a transaction together."""

from __future__ import annotations

import gc
import re
import time
from abc import ABC, abstractmethod
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import psycopg
from psycopg import pq
from psycopg.adapt import Transformer

from whimbrel.persistence.errors import (
    DBError,
    NotFound,
    Outcome,
    PreparedStatementLost,
    RowMismatch,
    StalePlan,
    TooManyRows,
    TransactionRequired,
    UnexpectedRowCount,
    translate,
)
from whimbrel.persistence.events import StatementDone
from whimbrel.persistence.pooler import refuse_session_use
from whimbrel.persistence.rows import list_mapper, mapper

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from psycopg import Cursor

    from whimbrel.persistence.paging import Read
    from whimbrel.persistence.query_builder import Call
    from whimbrel.persistence.statement import Statement
    from whimbrel.persistence.sync.pool import Connections, PooledConnection

R = TypeVar("R")
Item = TypeVar("Item")
Result = TypeVar("Result")

_BLOCK = 1000
_HEALS = 3
"""How often a statement is prepared anew: the next migration may follow at once."""
_SESSION = re.compile(
    r"^(?:\s|--[^\n]*\n|/\*.*?\*/)*(?:SET|RESET|DISCARD|LISTEN|LOAD|DECLARE|DO|CALL)\b"
    r"|\bset_config\b|_advisory_lock|\bTEMP(?:ORARY)?\b",
    re.IGNORECASE | re.DOTALL,
)


class Querier(ABC):
    """Runs statements. What a row becomes is the statement's; values are given by name, or come with it from a builder.

    All methods raise DBError's subclasses: of the server's, of the pool, InvalidParameter for a value that does not
    fit the statement, RowMismatch for rows that do not fit its row type.
    """

    database: Connections
    lets_stay: ClassVar[Outcome | None] = None
    """What becomes of a statement that ran, but whose result was not the expected one."""

    def one(self, what: Statement[R] | Call[R], /, **values: object) -> R:
        """Return the only row.

        Raises:
            NotFound: there is none.
            TooManyRows: there are several.
        """
        rows = self.many(what, **values)
        if len(rows) == 1:
            return rows[0]
        raise self._not_one(what, len(rows))

    def optional(self, what: Statement[R] | Call[R], /, **values: object) -> R | None:
        """Return the only row, None where there is none.

        Raises:
            TooManyRows: there are several.
        """
        rows = self.many(what, **values)
        if len(rows) > 1:
            raise self._not_one(what, len(rows))
        return rows[0] if rows else None

    def many(self, what: Statement[R] | Call[R], /, **values: object) -> list[R]:
        """Return all rows."""
        statement, given = statement_and_values(what, values)
        return (self.run(statement, statement.bind(given)))[0]

    def read(self, read: Read[Item, Result]) -> Result:
        """Run what a page or a feed is read by, and return it."""
        rows = (self.run(read.statement, read.statement.bind(read.values)))[0]
        return read.fold(rows, mapper(read.row, read.names, op=read.statement.name))

    def scalar(self, what: Statement[Any] | Call[Any], /, **values: object) -> Any:
        """Return the first column of the only row; raises as `one` does."""
        row = self.one(what, **values)
        return row[0] if isinstance(row, tuple) else row

    def execute(self, what: Statement[Any] | Call[Any], /, *, expect_rows: int | None = None, **values: object) -> int:
        """Run a statement for what it does; return how many rows it changed or returned.

        Raises:
            NotFound: `expect_rows` is 1 or more and there was none.
            UnexpectedRowCount: there were more or fewer than `expect_rows`.
        """
        statement, given = statement_and_values(what, values)
        count = (self.run(statement, statement.bind(given)))[1]
        if expect_rows is not None and count != expect_rows:
            if count == 0:
                raise NotFound(statement.name, outcome=self.lets_stay)
            raise UnexpectedRowCount(statement.name, expected=expect_rows, found=count, outcome=self.lets_stay)
        return count

    def _not_one(self, what: Statement[Any] | Call[Any], count: int) -> DBError:
        kind = NotFound if count == 0 else TooManyRows
        return kind(statement_and_values(what, {})[0].name, outcome=self.lets_stay)

    @abstractmethod
    def run(self, statement: Statement[R], bound: dict[str, Any]) -> tuple[list[R], int]:
        """Run a statement with bound values; return its rows and how many it returned or changed."""

    @abstractmethod
    def connection(self, op: str) -> AbstractContextManager[PooledConnection]:
        """Lend the driver's connection for what the toolkit has no method for (COPY, pipelines); not to be kept."""

    def require_transaction(self, op: str) -> None:
        """Raise TransactionRequired outside a unit of work: what locks rows must be in one."""
        raise TransactionRequired(op)


class PoolQuerier(Querier):
    """Each statement on a connection of its own, in a transaction of its own."""

    lets_stay = Outcome.COMMITTED

    def __init__(self, database: Connections) -> None:
        self.database = database

    def run(self, statement: Statement[R], bound: dict[str, Any]) -> tuple[list[R], int]:
        """Run it; one that a migration made stale is prepared anew and run again, which nobody sees."""
        database = self.database
        if database.settings.required_settings:
            raise TransactionRequired(statement.name)
        connection = database.acquire(statement.name)
        try:
            for _ in range(_HEALS):
                try:
                    return run_on(connection, statement, bound, database)
                except (StalePlan, PreparedStatementLost):
                    database.plans_are_stale(connection, statement.name)
            return run_on(connection, statement, bound, database)
        except RowMismatch as mismatch:
            raise mismatch.leaving(self.lets_stay) from None
        finally:
            database.release(connection)

    @contextmanager
    def connection(self, op: str) -> Iterator[PooledConnection]:
        """Lend a connection in autocommit; not to be kept."""
        database = self.database
        if database.settings.required_settings:
            raise TransactionRequired(op)
        connection = database.acquire(op)
        connection.dirty = True
        began = time.monotonic()
        try:
            yield connection
        except psycopg.Error as error:
            raise translated(error, op, database, began, committing=True) from error
        finally:
            database.release(connection)


def run_on(
    connection: PooledConnection, statement: Statement[R], bound: dict[str, Any], database: Connections, unit: str = ""
) -> tuple[list[R], int]:
    """Run a statement on a connection.

    Raises:
        DBError: it failed; the psycopg error is chained.
        UnsupportedByPooler: it needs a session, and there is a pooler between.
    """
    refuse_session_use(statement.name, statement.text, database.settings)
    began = time.monotonic()
    if _may_change_session(statement.text):
        connection.dirty = True
    try:
        cursor = connection.cursor()
        cursor.execute(statement.text, bound)
        rows: list[R] = []
        if cursor.pgresult is not None and cursor.pgresult.status == pq.ExecStatus.TUPLES_OK:
            rows = _rows(cursor, statement, connection, database)
        count = cursor.rowcount
    except psycopg.Error as error:
        failed = translated(error, statement.name, database, began, committing=not unit)
        if database.is_observed:
            database.tell(StatementDone(statement.name, unit, time.monotonic() - began, 0, failed))
        raise failed from error
    if database.is_observed:
        database.tell(StatementDone(statement.name, unit, time.monotonic() - began, count))
    return rows, count


def translated(error: psycopg.Error, op: str, database: Connections, began: float, *, committing: bool) -> DBError:
    """Return the driver's error as ours: of what was begun at `began` under the pool's own time limit."""
    limit = database.settings.statement_timeout_s
    timed_out = 0 < limit <= time.monotonic() - began + 0.005
    return translate(error, op=op, committing=committing, timed_out=timed_out)


def _rows(cursor: Cursor[Any], statement: Statement[R], connection: PooledConnection, database: Connections) -> list[R]:
    result = cursor.pgresult
    if result is not None and not database.knows_types(connection, result, statement.name):
        reader = Transformer(connection)  # the cursor's own was made before the types were learnt
        reader.set_pgresult(result)
        anew: list[Any] = reader.load_rows(0, result.ntuples, tuple)
        return anew if statement.row is tuple else _maker(cursor, statement)(anew)
    if cursor.rowcount <= _BLOCK:
        found = cursor.fetchall()
        return found if statement.row is tuple else _maker(cursor, statement)(found)
    with _collector_at_rest():
        if statement.row is tuple:
            return cursor.fetchall()
        make = _maker(cursor, statement)
        rows: list[R] = []
        while found := cursor.fetchmany(_BLOCK):  # so that not all is held twice
            rows += make(found)
        return rows


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """Keep the garbage collector from looking through the whole process each time that many more objects are made."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


_MAKERS: dict[tuple[object, str, tuple[bytes | None, ...]], Callable[[Sequence[Any]], list[Any]]] = {}


def _maker(cursor: Cursor[Any], statement: Statement[R]) -> Callable[[Sequence[Any]], list[R]]:
    """Return what makes the cursor's rows; it is known by the names on the wire, since a description takes long."""
    result = cursor.pgresult
    names = tuple(map(result.fname, range(result.nfields))) if result is not None else ()
    key = (statement.row, statement.name, names)
    maker = _MAKERS.get(key)
    if maker is None:
        if len(_MAKERS) >= 4096:
            _MAKERS.clear()
        columns = tuple(column.name for column in cursor.description or ())
        maker = _MAKERS[key] = list_mapper(statement.row, columns, op=statement.name)
    return maker


def statement_and_values(
    what: Statement[R] | Call[R], values: Mapping[str, object]
) -> tuple[Statement[R], Mapping[str, object]]:
    """Return what is run, and with which values: a builder gives both."""
    return what if isinstance(what, tuple) else (what, values)


@lru_cache(maxsize=4096)
def _may_change_session(text: str) -> bool:
    """Whether a statement may leave a setting, a lock or a temporary table; functions are not looked into."""
    return _SESSION.search(text) is not None
