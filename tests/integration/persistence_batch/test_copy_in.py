"""Rows are loaded by COPY in the types that the table has: all or none, and an error names its row."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
from fix_pgbouncer import Via, Way
from psycopg.types.json import Jsonb

from whimbrel.persistence import Database, Outcome, Statement, UnitOfWork, converter
from whimbrel.persistence.batch import copy_in
from whimbrel.persistence.errors import (
    CheckViolation,
    DBError,
    FeatureNotSupported,
    InvalidData,
    InvalidParameter,
    PoolExhausted,
    SchemaMismatch,
    StatementTimeout,
    TransactionAborted,
    TransactionRolledBack,
    UniqueViolation,
)
from whimbrel.persistence.events import Event, StatementDone

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    import psycopg

USERS = "CREATE TABLE users7 (id int PRIMARY KEY, email varchar(20) NOT NULL, age smallint CHECK (age > 0))"
COLUMNS = {"id": int, "email": str, "age": int | None}
COUNT = Statement("users.count", "SELECT count(*) FROM users7", int)


class Colour(Enum):
    RED = "red"


class Tag:
    def __init__(self, text: str) -> None:
        self.text = text


converter(Tag, dump=lambda tag: tag.text, load=Tag)


@pytest.fixture
def users(via: Via, observer: psycopg.Connection) -> Via:
    observer.execute(USERS)
    return via


def within(via: Via, body: Callable[[Database], Awaitable[Any]], **changes: Any) -> Any:
    async def run() -> Any:
        async with await Database.open(via.url, via.settings(), **changes) as database:
            return await body(database)

    return asyncio.run(run())


def count(observer: psycopg.Connection) -> int:
    row = observer.execute("SELECT count(*) FROM users7").fetchone()
    assert row
    return int(row[0])


def rows(number: int) -> list[tuple[int, str, int | None]]:
    return [(place, f"u{place}", None if place % 2 else 5) for place in range(number)]


async def arriving(number: int) -> AsyncIterator[tuple[int, str, int | None]]:
    for row in rows(number):
        await asyncio.sleep(0)
        yield row


@pytest.mark.parametrize("number", [0, 1, 999, 1000, 1001, 2500])
def test_all_rows_arrive(users: Via, observer: psycopg.Connection, number: int) -> None:
    loaded = within(users, lambda database: copy_in(database.querier(), "users7", COLUMNS, rows(number)))
    assert loaded == number
    assert observer.execute("SELECT * FROM users7 ORDER BY id").fetchall() == rows(number)


def test_rows_may_come_from_any_iterable(users: Via, observer: psycopg.Connection) -> None:
    async def body(database: Database) -> list[int]:
        querier = database.querier()
        first = await copy_in(querier, "public.users7", COLUMNS, iter(rows(1500)))
        observer.execute("TRUNCATE users7")
        second = await copy_in(querier, "public.users7", COLUMNS, arriving(1500))
        mappings = ({"email": "x", "id": 2000 + place} for place in range(3))
        return [first, second, await copy_in(querier, "users7", {"id": int, "email": str}, mappings)]

    assert within(users, body) == [1500, 1500, 3]
    assert count(observer) == 1503


def test_it_is_part_of_the_unit_of_work(users: Via, observer: psycopg.Connection) -> None:
    async def body(database: Database) -> None:
        with pytest.raises(ZeroDivisionError):  # noqa: PT012 - the unit is what raises
            async with UnitOfWork(database).begin() as transaction:
                await copy_in(transaction, "users7", COLUMNS, rows(10))
                assert await transaction.one(COUNT) == 10
                raise ZeroDivisionError

    within(users, body)
    assert count(observer) == 0


@pytest.mark.parametrize("at", [0, 1500, 2999])
def test_an_error_of_the_server_names_the_row(users: Via, observer: psycopg.Connection, at: int) -> None:
    bad: list[Any] = rows(3000)
    bad[at] = (at, "secret", -3)
    with pytest.raises(CheckViolation, match=rf"in row {at} of the input") as caught:
        within(users, lambda database: copy_in(database.querier(), "users7", COLUMNS, bad))
    assert "secret" not in str(caught.value)
    assert caught.value.constraint == "users7_age_check"
    assert caught.value.op == "copy into users7"
    assert count(observer) == 0


def test_a_duplicate_key_names_its_row(users: Via) -> None:
    bad = [*rows(50), (7, "again", None)]
    with pytest.raises(UniqueViolation, match="in row 50 of the input"):
        within(users, lambda database: copy_in(database.querier(), "users7", COLUMNS, bad, name="users.load"))


@pytest.mark.parametrize(
    ("bad", "error", "said"),
    [
        ((5, 6, None), InvalidParameter, "column email takes str and got int, in row 1200 of"),
        ((5, None, None), InvalidParameter, "column email takes str and got None, in row 1200 of"),
        ((5, "a\0", None), InvalidParameter, "column email takes str and got a text with NUL.*, in row 1200 of"),
        ((5, "a", 70000), InvalidParameter, "column age takes int or None .* more than 2 bytes, in row 1200 of"),
        ((5, "a"), InvalidParameter, "row 1200 of the input"),
        ((5, "a" * 21, None), InvalidData, "in row 1200 of the input"),
    ],
)
def test_a_bad_row_and_none_is_written(
    users: Via, observer: psycopg.Connection, bad: Any, error: type[DBError], said: str
) -> None:
    async def body(database: Database) -> None:
        with pytest.raises(error, match=said):
            await copy_in(database.querier(), "users7", COLUMNS, [*rows(1200), bad])
        assert await database.querier().one(COUNT) == 0
        with pytest.raises(TransactionRolledBack):  # noqa: PT012 - the unit is what raises
            async with UnitOfWork(database).begin() as transaction:
                with pytest.raises(error):
                    await copy_in(transaction, "users7", COLUMNS, [*rows(1200), bad])
                with pytest.raises(TransactionAborted):
                    await transaction.one(COUNT)
        assert database.statistics().held == 0

    within(users, body)
    assert count(observer) == 0


def test_what_the_rows_raise_ends_the_load_and_is_not_told_to_the_server(
    users: Via, observer: psycopg.Connection
) -> None:
    def failing() -> Iterator[Any]:
        yield from rows(1500)
        raise KeyError("secret")

    with pytest.raises(KeyError, match="secret"):
        within(users, lambda database: copy_in(database.querier(), "users7", COLUMNS, failing()))
    assert count(observer) == 0


def test_a_cancelled_load_leaves_nothing_and_a_whole_pool(users: Via, observer: psycopg.Connection) -> None:
    async def body(database: Database) -> None:
        begun = asyncio.Event()

        async def waiting() -> AsyncIterator[Any]:
            for row in rows(1500):
                yield row
            begun.set()
            await asyncio.Event().wait()

        task = asyncio.create_task(copy_in(database.querier(), "users7", COLUMNS, waiting()))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await database.querier().one(COUNT) == 0

    within(users, body, max_size=1)
    assert count(observer) == 0


def test_a_column_that_is_not_there_is_a_schema_mismatch(users: Via) -> None:
    with pytest.raises(SchemaMismatch, match="no column nick"):
        within(users, lambda database: copy_in(database.querier(), "users7", {"id": int, "nick": str}, []))
    with pytest.raises(SchemaMismatch):
        within(users, lambda database: copy_in(database.querier(), "nobody", {"id": int}, []))


def test_a_declared_type_that_is_not_the_columns_is_refused(users: Via) -> None:
    with pytest.raises(InvalidParameter, match="column id is int4 and takes int, but is declared as str"):
        within(users, lambda database: copy_in(database.querier(), "users7", {"id": str}, []))


def test_a_type_without_binary_form_is_said(via: Via, observer: psycopg.Connection) -> None:
    observer.execute("CREATE TABLE t (a tsvector)")
    with pytest.raises(FeatureNotSupported, match="column a"):
        within(via, lambda db: copy_in(db.querier(), "t", {"a": str}, [("x",)]))


def test_a_load_that_outlives_its_time_is_a_timeout(users: Via, observer: psycopg.Connection) -> None:
    if not users.is_direct:
        pytest.skip("behind a pooler the pool's time-outs hold in units of work only")

    async def body(database: Database) -> None:
        observer.execute("BEGIN; LOCK TABLE users7")
        with pytest.raises(StatementTimeout):
            await copy_in(database.querier(), "users7", COLUMNS, rows(1))
        observer.execute("ROLLBACK")
        assert await copy_in(database.querier(), "users7", COLUMNS, rows(1)) == 1

    within(users, body, statement_timeout_s=0.2)


def test_it_waits_for_a_connection_as_all_do(users: Via) -> None:
    async def body(database: Database) -> None:
        async with database.lease("other"):
            with pytest.raises(PoolExhausted) as caught:
                await copy_in(database.querier(), "users7", COLUMNS, rows(1))
            assert caught.value.outcome is Outcome.NOT_STARTED

    within(users, body, max_size=1, acquire_timeout_s=0.1)


def test_observers_are_told_of_it(users: Via) -> None:
    events: list[Event] = []
    within(users, lambda database: copy_in(database.querier(), "users7", COLUMNS, rows(5)), observers=[events.append])
    assert [(event.op, event.rows) for event in events if isinstance(event, StatementDone)] == [("copy into users7", 5)]


KINDS: list[tuple[str, Any, list[Any]]] = [
    ("text", str, ["", "ü", "'\\%\n\t", "x" * 50000]),
    ("char(3)", str, ["abc"]),
    ("name", str, ["abc"]),
    ("short", str, ["abc"]),
    ("shorter", str | None, ["abc", None]),
    ("colour", Colour, [Colour.RED]),
    ("colour", str, ["red"]),
    ("text", Tag, [Tag("t")]),
    ("int2", int, [-32768]),
    ("int4", int, [1 << 30]),
    ("int8", int | None, [1 << 62, 5, None]),
    ("numeric", int, [1 << 62]),
    ("numeric(30,2)", Decimal, [Decimal("1.50"), 3]),
    ("float8", float, [1.5, 3]),
    ("float4", float, [1.5]),
    ("bool", bool | None, [True, None]),
    ("bytea", bytes, [b"", b"\0\xff", bytearray(b"a")]),
    ("uuid", UUID, [uuid4()]),
    ("timestamptz", datetime, [datetime(2020, 1, 2, 3, 4, 5, 6, tzinfo=UTC)]),
    ("timestamp", datetime, [datetime(2020, 1, 2, 3, 4, 5, 6)]),  # noqa: DTZ001 - what is tested
    ("date", date, [date.min, date.max]),
    ("interval", timedelta, [timedelta(days=-3, microseconds=5)]),
    ("jsonb", dict, [{"a": [1, None]}]),
    ("jsonb", Jsonb | None, [Jsonb([1, 2]), None]),
    ("json", dict, [{"a": 1}]),
    ("text[]", list[str], [["a", "b,c"], []]),
    ("int4[]", list[int] | None, [[1, 2], None]),
    ("int8[]", list[int], [[1, 1 << 40]]),
    ("uuid[]", list[UUID], [[uuid4()]]),
]


@pytest.mark.parametrize(("type_name", "kind", "values"), KINDS)
@pytest.mark.parametrize("via", [Way.DIRECT], indirect=True)  # COPY and values are the same behind a pooler
def test_values_arrive_as_they_are(
    via: Via, observer: psycopg.Connection, type_name: str, kind: Any, values: list[Any]
) -> None:
    observer.execute("CREATE TYPE colour AS ENUM ('red'); CREATE DOMAIN short AS varchar(5)")
    observer.execute("CREATE DOMAIN shorter AS short")
    observer.execute(f"CREATE TABLE t (at int, value {type_name}); CREATE TABLE u (LIKE t)".encode())
    given = enumerate(values)
    within(via, lambda db: copy_in(db.querier(), "t", {"at": int, "value": kind}, given))
    for place, value in enumerate(values):
        sent = value.value if isinstance(value, Colour) else value.text if isinstance(value, Tag) else value
        sent = Jsonb(sent) if isinstance(sent, dict) else sent
        observer.execute(f"INSERT INTO u VALUES (%s, %s::{type_name})".encode(), [place, sent])
    compare = b"SELECT at, value::text FROM %s ORDER BY at"
    assert observer.execute(compare % b"t").fetchall() == observer.execute(compare % b"u").fetchall()


def test_a_value_that_is_no_json_is_named_by_its_row(via: Via, observer: psycopg.Connection) -> None:
    observer.execute("CREATE TABLE t (a jsonb)")
    with pytest.raises(InvalidParameter, match="row 1 of the input"):
        within(via, lambda db: copy_in(db.querier(), "t", {"a": dict}, [({},), ({"a": object()},)]))
