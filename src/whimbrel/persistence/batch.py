"""How are many rows written, or read, at once? By arrays, by COPY, in a pipeline; and by a cursor that holds a few."""

from __future__ import annotations

import itertools
import re
import struct
import time
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import psycopg
from psycopg import AsyncCursor, AsyncServerCursor
from psycopg.pq import Format

from whimbrel.persistence.bulk_insert import qualified, quoted
from whimbrel.persistence.columns import Column, of_table, transposed, unchecked
from whimbrel.persistence.errors import (
    DBError,
    FeatureNotSupported,
    HandleClosed,
    InvalidParameter,
    Outcome,
    PreparedStatementLost,
    SchemaMismatch,
    StalePlan,
    UnexpectedRowCount,
)
from whimbrel.persistence.events import StatementDone
from whimbrel.persistence.pooler import refuse_session_use
from whimbrel.persistence.querier import statement_and_values, translated
from whimbrel.persistence.rows import list_mapper
from whimbrel.persistence.transaction import Transaction
from whimbrel.persistence.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Iterable, Mapping, Sequence

    from psycopg import AsyncCopy

    from whimbrel.persistence.bulk_insert import BulkInsert, RowOutcome
    from whimbrel.persistence.pool import PooledConnection
    from whimbrel.persistence.querier import Querier
    from whimbrel.persistence.query_builder import Call
    from whimbrel.persistence.statement import Statement

R = TypeVar("R")
_BLOCK = 1000
_NUMBERS = itertools.count(1)


async def create_many(querier: Querier, bulk: BulkInsert[R], rows: Iterable[Any], /) -> list[R]:
    """Insert rows in one statement, all or none; return what `returning` names, in the order of the rows.

    A row is a sequence in the order of the bulk's columns, or a mapping of exactly their names. Without rows nothing is
    sent. Without `returning` the result is empty.

    Raises:
        InvalidParameter: a value cannot be sent; it names the column and the row, and nothing was sent.
        UnexpectedRowCount: a trigger left rows out, so that what came back cannot be told apart.
        DBError: the server refused a row; none is written.
    """
    rows = list(rows)
    if not rows:
        return []
    made, count = await querier.run(bulk.statement, bulk.bind(rows))
    if bulk.returning and count != len(rows):
        outcome = None if isinstance(querier, Transaction) else Outcome.COMMITTED
        raise UnexpectedRowCount(bulk.name, expected=len(rows), found=count, outcome=outcome)
    return made


async def create_many_with_outcomes(
    querier: Querier, bulk: BulkInsert[R], rows: Iterable[Any], /
) -> list[RowOutcome[R]]:
    """Insert the rows whose key is free; return for each row, in their order, whether it was inserted.

    Of rows of the input that have the same key the first is inserted. A row that a trigger left out counts as
    conflicted. Any other error fails the whole batch.

    Raises:
        InvalidParameter: a value cannot be sent; it names the column and the row, and nothing was sent.
        DBError: the server refused a row, for another reason than the bulk's `conflict`; none is written.
    """
    rows = list(rows)
    if not rows:
        return []
    found, _ = await querier.run(bulk.outcomes_statement, bulk.bind(rows))
    return bulk.outcomes(len(rows), found)


async def execute_many(
    querier: Querier, statement: Statement[Any], items: Iterable[Mapping[str, object]], /
) -> list[int]:
    """Run a statement once for each item's values, in a pipeline; return how many rows each changed or returned.

    It is all or nothing: in a transaction of its own where the querier is the pool. Rows that come back are dropped.

    Raises:
        InvalidParameter: a value does not fit the statement; it names the item, and nothing was sent.
        DBError: the server refused an item; nothing of it all stays.
    """
    bound = [_bound(statement, values, at) for at, values in enumerate(items)]
    if not bound:
        return []
    try:
        async with _transaction(querier, statement.name) as transaction:
            return await _pipelined(transaction, statement, bound)
    except (StalePlan, PreparedStatementLost):
        if isinstance(querier, Transaction):
            raise
    async with _transaction(querier, statement.name) as transaction:  # the end of the first one has healed the plans
        return await _pipelined(transaction, statement, bound)


async def copy_in(
    querier: Querier,
    table: str,
    columns: Mapping[str, Any],
    rows: Iterable[Any] | AsyncIterable[Any],
    /,
    *,
    name: str = "",
) -> int:
    """Load rows into a table by binary COPY, all or none; return their number.

    `table` may have its schema, as in `app.users`; `columns` gives the Python type of each column, `| None` where it
    takes NULL; a row is a sequence in their order, or a mapping of exactly their names. What is sent has the types that
    the table has: an int fits any width. `rows` may be any iterable, also one that waits; a few are held at a time.
    `name` is the operation's name in errors and traces. In a transaction a failure leaves only its rollback.

    Raises:
        InvalidParameter: a value cannot be sent, or a declared type is not the column's.
        SchemaMismatch: the table has no such column.
        FeatureNotSupported: the driver knows no binary form of a column's type.
        DBError: the server refused a row; it names the row where the server says which.
    """
    op = name or f"copy into {table}"
    async with _working(querier, op) as work:
        ready = await _columns_of(work.connection, op, table, columns)
        into = ", ".join(quoted(column) for column in columns)
        cursor = work.connection.cursor()
        failed: Exception | None = None
        try:
            async with cursor.copy(f"COPY {qualified(table)} ({into}) FROM STDIN (FORMAT BINARY)") as copy:
                copy.set_types([column.element.oid or oid for column, oid in ready])
                try:
                    await _write(copy, op, [column for column, _ in ready], rows)
                except psycopg.Error:
                    raise
                except Exception as error:  # noqa: BLE001 - whatever the caller's rows raise; it is raised again
                    # The server is told, and logs, the text of what ends the block: it must not hold a value.
                    failed = error
                    raise _Abandoned from None
        except _Abandoned:
            if failed is not None:
                raise failed from failed.__cause__
        except psycopg.Error as error:
            raise _with_row(work.translated(error), table) from error
        work.rows = cursor.rowcount
    return work.rows


@asynccontextmanager
async def stream(
    querier: Querier, what: Statement[R] | Call[R], /, *, size: int = 1000, **values: object
) -> AsyncIterator[Stream[R]]:
    """Read a large result a few rows at a time: `async with stream(querier, LIST_ALL) as rows: async for row in rows`.

    A cursor of the server gives `size` rows at once. It lives in the running transaction, in which other statements may
    run between the rows; on the pool it has a transaction and a connection of its own until the block ends. The server
    ends a transaction that waits for its client for longer than the pool's `idle_in_transaction_timeout_s`.

    Raises as `Querier.many` does; HandleClosed for a row that is asked for after the block.
    """
    statement, given = statement_and_values(what, values)
    bound = statement.bind(given)
    async with _transaction(querier, statement.name) as transaction:
        rows = Stream(transaction, statement, size)
        try:
            await rows.open(bound)
            yield rows
        finally:
            await rows.close()


class Stream(Generic[R]):
    """A result that is being read; see `stream`."""

    def __init__(self, transaction: Transaction, statement: Statement[R], size: int) -> None:
        if size < 1:
            reason = f"size is the number of rows that are fetched at once, at least 1, and got {size}"
            raise InvalidParameter(statement.name, reason, parameter="size", expected="1 or more", got=str(size))
        self._transaction = transaction
        self._statement = statement
        self._size = size
        self._cursor: AsyncServerCursor[Any] | None = None
        self._make: Callable[[Any], list[R]] | None = None
        self._rows: Sequence[Any] = ()
        self._at = 0
        self._is_read = False

    def __aiter__(self) -> Stream[R]:
        return self

    async def __anext__(self) -> R:
        if self._at >= len(self._rows):
            await self._fetch()
        row: R = self._rows[self._at]
        self._at += 1
        return row

    async def open(self, bound: dict[str, Any]) -> None:
        """Declare the cursor."""
        statement = self._statement
        refuse_session_use(statement.name, statement.text, self._transaction.database.settings)
        async with _working(self._transaction, statement.name) as work:
            cursor = AsyncServerCursor(work.connection, f"whimbrel_{next(_NUMBERS)}", scrollable=False)
            try:
                await cursor.execute(statement.text, bound)
            except BaseException:
                await AsyncCursor.close(cursor)
                raise
        self._cursor = cursor
        if statement.row is not tuple:
            columns = tuple(column.name for column in cursor.description or ())
            self._make = list_mapper(statement.row, columns, op=statement.name)

    async def close(self) -> None:
        """Close the cursor; nothing can be read afterwards."""
        cursor, self._cursor, self._rows = self._cursor, None, ()
        transaction = self._transaction
        if cursor is None:
            return
        if transaction.closed or transaction.first_error is not None:
            await AsyncCursor.close(cursor)  # on the server it is gone, and the connection may be another's by now
            return
        async with transaction.connection(self._statement.name):
            await cursor.close()

    async def _fetch(self) -> None:
        cursor = self._cursor
        if cursor is None:
            raise HandleClosed(self._statement.name, "stream")
        if self._is_read:
            raise StopAsyncIteration
        async with _working(self._transaction, self._statement.name) as work:
            found = await cursor.fetchmany(self._size)
            work.rows = len(found)
        self._is_read = len(found) < self._size
        if not found:
            raise StopAsyncIteration
        make = self._make
        self._rows = found if make is None else make(found)
        self._at = 0


class _Abandoned(Exception):
    """The rows of a COPY could not be had, or sent."""


class _Work:
    """A connection at work for an operation, and how many rows came of it."""

    def __init__(self, querier: Querier, op: str, connection: PooledConnection) -> None:
        self.connection = connection
        self.rows = 0
        self._querier = querier
        self._op = op
        self._began = time.monotonic()

    def translated(self, error: psycopg.Error) -> DBError:
        """Return the driver's error as ours."""
        alone = not isinstance(self._querier, Transaction)
        return translated(error, self._op, self._querier.database, self._began, committing=alone)


@asynccontextmanager
async def _working(querier: Querier, op: str) -> AsyncIterator[_Work]:
    """Lend the querier's connection, and tell observers what became of the operation."""
    began = time.monotonic()
    unit = querier.name if isinstance(querier, Transaction) else ""
    database = querier.database
    try:
        async with querier.connection(op) as connection:
            work = _Work(querier, op, connection)
            yield work
    except DBError as error:
        database.tell(StatementDone(op, unit, time.monotonic() - began, 0, error))
        raise
    database.tell(StatementDone(op, unit, time.monotonic() - began, work.rows))


@asynccontextmanager
async def _transaction(querier: Querier, op: str) -> AsyncIterator[Transaction]:
    """Give the transaction that the querier is, else one for the operation alone."""
    if isinstance(querier, Transaction):
        yield querier
        return
    async with UnitOfWork(querier.database).apart(op) as transaction:
        yield transaction


def _bound(statement: Statement[Any], values: Mapping[str, object], at: int) -> dict[str, Any]:
    try:
        return statement.bind(values)
    except InvalidParameter as error:
        reason = f"{error.reason}, in item {at} of the input (counted from 0)"
        raise InvalidParameter(
            statement.name, reason, parameter=error.parameter, expected=error.expected, got=error.got
        ) from None


async def _pipelined(transaction: Transaction, statement: Statement[Any], bound: list[dict[str, Any]]) -> list[int]:
    counts: list[int] = []
    refuse_session_use(statement.name, statement.text, transaction.database.settings)
    async with _working(transaction, statement.name) as work:
        cursor = work.connection.cursor()
        for start in range(0, len(bound), _BLOCK):  # each block's results are held until its end
            await cursor.executemany(statement.text, bound[start : start + _BLOCK], returning=True)
            counts.append(max(0, cursor.rowcount))
            while cursor.nextset():
                counts.append(max(0, cursor.rowcount))
        work.rows = sum(counts)
    return counts


_TYPES = """
WITH RECURSIVE typed AS (
    SELECT a.attname, t.oid, t.typname, t.typtype, t.typbasetype
    FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
    WHERE a.attrelid = %(relation)s::pg_catalog.regclass AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT d.attname, t.oid, t.typname, t.typtype, t.typbasetype
    FROM typed d JOIN pg_catalog.pg_type t ON t.oid = d.typbasetype
    WHERE d.typtype = 'd'
)
SELECT attname, oid::int8, typtype = 'e' OR typname = 'citext' FROM typed WHERE typtype <> 'd'
"""


async def _columns_of(
    connection: PooledConnection, op: str, table: str, columns: Mapping[str, Any]
) -> list[tuple[Column, int]]:
    """Return each column as it is sent, with the number of its type: COPY casts nothing."""
    cursor = await connection.execute(_TYPES, {"relation": qualified(table).replace("%%", "%")})
    types = {name: (oid, is_text) for name, oid, is_text in await cursor.fetchall()}
    found = []
    for name, annotation in columns.items():
        if name not in types:
            raise SchemaMismatch(op, f"table {table} has no column {name}")
        oid, is_text = types[name]
        column = of_table(op, name, annotation, oid, is_text=is_text)
        if column is None:
            try:
                connection.adapters.get_dumper_by_oid(oid, Format.BINARY)
            except psycopg.ProgrammingError:
                reason = f"the driver knows no binary form for the type of column {name}"
                raise FeatureNotSupported(op, reason, remedy="register the type, or use create_many") from None
            column = unchecked(name, annotation)
        found.append((column, oid))
    return found


async def _write(copy: AsyncCopy, op: str, columns: Sequence[Column], rows: Any) -> None:
    names = [column.name for column in columns]
    encode = copy.formatter.write_row
    first = 0
    async with aclosing(_blocks(rows)) as blocks:
        async for block in blocks:
            values = transposed(op, names, block, first)
            ready = [column.ready(op, given, first) for column, given in zip(columns, values, strict=True)]
            for at, row in enumerate(zip(*ready, strict=True), first):
                try:
                    data = encode(row)
                except (TypeError, ValueError, OverflowError, RecursionError, struct.error) as error:
                    reason = f"row {at} of the input (counted from 0) has a value that cannot be sent"
                    raise InvalidParameter(op, reason) from error
                if data:
                    await copy.write(data)
            first += len(block)


async def _blocks(rows: Any) -> AsyncGenerator[list[Any], None]:
    block: list[Any] = []
    if hasattr(rows, "__aiter__"):
        async for row in rows:
            block.append(row)
            if len(block) == _BLOCK:
                yield block
                block = []
    else:
        iterator = iter(rows)
        while block := list(itertools.islice(iterator, _BLOCK)):
            yield block
    if block:
        yield block


def _with_row(error: DBError, table: str) -> DBError:
    """Return the error with the row that the server names in its context, where it does."""
    relation = table.rsplit(".", 1)[-1]
    told = [line.replace(relation, "", 1) for line in error.context.splitlines() if "COPY" in line]
    number = re.search(r"\d+", told[-1]) if told else None
    if number is None:
        return error
    reason = f"{error.reason}, in row {int(number[0]) - 1} of the input (counted from 0)"
    return type(error)(error.op, reason, facts=error.facts, outcome=error.outcome, remedy=error.remedy)
