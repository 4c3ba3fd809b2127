"""A large result is read a few rows at a time, and its cursor dies with its block."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from whimbrel.persistence import Database, Query, Statement, UnitOfWork
from whimbrel.persistence.batch import Stream, stream
from whimbrel.persistence.errors import (
    HandleClosed,
    InvalidData,
    InvalidParameter,
    RowMismatch,
    SchemaMismatch,
    TransactionRequired,
    TransactionRolledBack,
    WrongTask,
)
from whimbrel.persistence.events import Event, StatementDone

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import psycopg
    from fix_pgbouncer import Via


@dataclass(frozen=True, slots=True)
class Item:
    n: int
    name: str


NUMBERS = Statement(
    "numbers.all", "SELECT n, n::text || '%%' AS name FROM generate_series(1, %(last)s::int) n", Item, {"last": int}
)
CURSORS = Statement("cursors.count", "SELECT count(*) FROM pg_cursors WHERE name LIKE 'whimbrel%%'", int)
RATIOS = Statement("ratios", "SELECT 1000 / (2500 - n) AS r FROM generate_series(1, 3000) n", int)


def within(via: Via, body: Callable[[Database], Awaitable[Any]], **changes: Any) -> Any:
    async def run() -> Any:
        async with await Database.open(via.url, via.settings(), **changes) as database:
            return await body(database)

    return asyncio.run(run())


@pytest.mark.parametrize("last", [0, 1, 99, 100, 101, 1000])
def test_all_rows_come_in_order(via: Via, last: int) -> None:
    async def body(db: Database) -> list[Item]:
        async with stream(db.querier(), NUMBERS, size=100, last=last) as rows:
            return [row async for row in rows]

    assert within(via, body) == [Item(n, f"{n}%") for n in range(1, last + 1)]


def test_only_a_few_rows_are_fetched_at_once(via: Via) -> None:
    events: list[Event] = []

    async def body(db: Database) -> None:
        async with stream(db.querier(), NUMBERS, size=10, last=1000) as rows:
            assert [(await anext(rows)).n for _ in range(15)] == list(range(1, 16))

    within(via, body, observers=[events.append])
    assert [event.rows for event in events if isinstance(event, StatementDone)] == [0, 10, 10]


def test_other_statements_run_between_the_rows_of_a_unit(via: Via) -> None:
    async def body(db: Database) -> None:
        async with UnitOfWork(db).begin() as transaction:
            async with stream(transaction, NUMBERS, size=2, last=5) as rows:
                async for row in rows:
                    assert await transaction.one(CURSORS) == 1
                    if row.n == 3:
                        break
            assert await transaction.one(CURSORS) == 0
            with pytest.raises(HandleClosed):
                await anext(rows)

    within(via, body, max_size=1)


def test_outside_a_unit_it_has_a_connection_of_its_own_until_the_end_of_its_block(via: Via) -> None:
    async def body(db: Database) -> None:
        async with stream(db.querier(), NUMBERS, size=2, last=5) as rows:
            async for _ in rows:
                assert db.statistics().held == 1
                assert db.current() is None
                assert await db.querier().one(CURSORS) == 0
        assert db.statistics().held == 0
        with pytest.raises(HandleClosed):
            await anext(rows)

    within(via, body)


def test_a_stream_does_not_outlive_its_unit(via: Via) -> None:
    async def body(db: Database) -> None:
        block = None
        async with UnitOfWork(db).begin() as transaction:
            block = stream(transaction, NUMBERS, size=2, last=5)
            rows = await block.__aenter__()
            await anext(rows)
            await anext(rows)
        with pytest.raises(HandleClosed):
            await anext(rows)
        async with UnitOfWork(db).begin() as other:
            assert await other.one(CURSORS) == 0
            await block.__aexit__(None, None, None)
            assert await other.one(CURSORS) == 0

    within(via, body, max_size=1)


def test_an_error_among_the_rows_is_typed_and_the_pool_whole(via: Via) -> None:
    async def body(db: Database) -> None:
        with pytest.raises(InvalidData):  # noqa: PT012 - the unit is what raises
            async with stream(db.querier(), RATIOS) as rows:
                async for _ in rows:
                    pass
        assert db.statistics().held == 0
        with pytest.raises(TransactionRolledBack):  # noqa: PT012 - the unit is what raises
            async with UnitOfWork(db).begin() as transaction:
                with pytest.raises(InvalidData):  # noqa: PT012 - the unit is what raises
                    async with stream(transaction, RATIOS) as rows:
                        async for _ in rows:
                            pass

    within(via, body, max_size=1)


def test_an_error_of_the_body_goes_through_and_the_unit_may_go_on(via: Via) -> None:
    async def body(db: Database) -> None:
        async with UnitOfWork(db).begin() as transaction:
            with pytest.raises(KeyError):  # noqa: PT012 - the unit is what raises
                async with stream(transaction, NUMBERS, last=5) as rows:
                    await anext(rows)
                    raise KeyError
            assert await transaction.one(CURSORS) == 0
        with pytest.raises(KeyError):
            async with stream(db.querier(), NUMBERS, last=5) as rows:
                raise KeyError
        assert db.statistics().held == 0

    within(via, body, max_size=1)


def test_a_cancelled_reader_leaves_a_whole_pool(via: Via) -> None:
    slow = Statement("slow", "SELECT pg_sleep(60)", str)

    async def body(db: Database) -> None:
        begun = asyncio.Event()

        async def read() -> None:
            async with stream(db.querier(), slow) as rows:
                begun.set()
                await anext(rows)

        task = asyncio.create_task(read())
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await db.querier().one(CURSORS) == 0

    within(via, body, max_size=1)


def test_two_streams_of_a_unit_are_read_in_turns(via: Via) -> None:
    async def body(db: Database) -> list[tuple[int, int]]:
        pairs = []
        async with (
            UnitOfWork(db).begin() as transaction,
            stream(transaction, NUMBERS, size=2, last=5) as left,
            stream(transaction, NUMBERS, size=3, last=5) as right,
        ):
            async for row in left:
                pairs.append((row.n, (await anext(right)).n))
        return pairs

    assert within(via, body) == [(n, n) for n in range(1, 6)]


def test_a_stream_belongs_to_its_task(via: Via) -> None:
    async def body(db: Database) -> None:
        async with stream(db.querier(), NUMBERS, last=5) as rows:

            async def other(rows: Stream[Item]) -> Item:
                return await anext(rows)

            with pytest.raises(WrongTask):
                await asyncio.create_task(other(rows))

    within(via, body)


def test_a_built_query_is_read_too(via: Via, observer: psycopg.Connection) -> None:
    observer.execute("CREATE TABLE items AS SELECT n, 'x' AS name FROM generate_series(1, 5) n")
    query = Query("items.all", columns=("n", "name"), source="items", row=Item)

    async def body(db: Database) -> int:
        async with stream(db.querier(), query.select()) as rows:
            return sum([row.n async for row in rows])

    assert within(via, body) == 15


def test_what_cannot_be_read_is_said_at_the_beginning(via: Via) -> None:
    async def body(db: Database) -> None:
        querier = db.querier()
        with pytest.raises(InvalidParameter):
            async with stream(querier, NUMBERS, last="5"):
                pass
        with pytest.raises(InvalidParameter):
            async with stream(querier, NUMBERS, size=0, last=5):
                pass
        with pytest.raises(SchemaMismatch):
            async with stream(querier, Statement("none", "SELECT * FROM nothing")):
                pass
        with pytest.raises(RowMismatch):
            async with stream(querier, Statement("wrong", "SELECT 1 AS other", Item)):
                pass
        assert db.statistics().held == 0

    within(via, body, max_size=1)


def test_a_pool_that_demands_settings_refuses_it_outside_a_unit(via: Via) -> None:
    async def body(db: Database) -> None:
        with pytest.raises(TransactionRequired):
            async with stream(db.querier(), NUMBERS, last=5):
                pass

    within(via, body, required_settings=("app.tenant",))
