"""One statement is run for many items in a pipeline: all or nothing, with a count for each."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from whimbrel.persistence import Database, Statement, UnitOfWork
from whimbrel.persistence.batch import execute_many
from whimbrel.persistence.errors import (
    CheckViolation,
    InvalidParameter,
    TransactionAborted,
    TransactionRequired,
    TransactionRolledBack,
)
from whimbrel.persistence.events import Began, Ended, Event, StatementDone

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import psycopg
    from fix_pgbouncer import Via

AGE = Statement(
    "users.age", "UPDATE users SET age = age + %(by)s WHERE id %% 10 = %(digit)s", params={"digit": int, "by": int}
)
INSERT = Statement("users.insert", "INSERT INTO users VALUES (%(id)s, 5) RETURNING *", params={"id": int})


@pytest.fixture
def users(via: Via, observer: psycopg.Connection) -> Via:
    observer.execute("CREATE TABLE users (id int PRIMARY KEY, age int CHECK (age >= 0))")
    observer.execute("INSERT INTO users SELECT n, 5 FROM generate_series(0, 24) n")
    return via


def within(via: Via, body: Callable[[Database], Awaitable[Any]], **changes: Any) -> Any:
    async def run() -> Any:
        async with await Database.open(via.url, via.settings(), **changes) as database:
            return await body(database)

    return asyncio.run(run())


def ages(observer: psycopg.Connection) -> int:
    row = observer.execute("SELECT sum(age) FROM users").fetchone()
    assert row
    return int(row[0])


def test_each_item_has_its_count(users: Via, observer: psycopg.Connection) -> None:
    items = [{"digit": digit, "by": 1} for digit in (0, 9, 11)]
    assert within(users, lambda database: execute_many(database.querier(), AGE, items)) == [3, 2, 0]
    assert ages(observer) == 25 * 5 + 5


def test_many_items_are_counted_too(users: Via, observer: psycopg.Connection) -> None:
    items = ({"id": 100 + place} for place in range(2500))
    assert within(users, lambda database: execute_many(database.querier(), INSERT, items)) == [1] * 2500
    assert ages(observer) == 2525 * 5


def test_without_items_nothing_is_sent(users: Via) -> None:
    events: list[Event] = []
    assert within(users, lambda db: execute_many(db.querier(), AGE, []), observers=[events.append]) == []
    assert events == []


def test_one_bad_item_and_nothing_stays(users: Via, observer: psycopg.Connection) -> None:
    items = [{"digit": place % 10, "by": 1} for place in range(1500)] + [{"digit": 1, "by": -100000}]

    async def body(database: Database) -> None:
        with pytest.raises(CheckViolation) as caught:
            await execute_many(database.querier(), AGE, items)
        assert caught.value.op == "users.age"
        assert database.statistics().held == 0
        with pytest.raises(TransactionRolledBack):  # noqa: PT012 - the unit is what raises
            async with UnitOfWork(database).begin() as transaction:
                with pytest.raises(CheckViolation):
                    await execute_many(transaction, AGE, items)
                with pytest.raises(TransactionAborted):
                    await execute_many(transaction, AGE, items[:1])

    within(users, body, max_size=1)
    assert ages(observer) == 25 * 5


def test_a_value_that_does_not_fit_is_named_by_its_item(users: Via, observer: psycopg.Connection) -> None:
    items: list[dict[str, object]] = [{"digit": 1, "by": 1}, {"digit": 1, "by": "1"}]

    async def body(database: Database) -> None:
        async with UnitOfWork(database).begin() as transaction:
            with pytest.raises(InvalidParameter, match="by takes int and got str, in item 1 of the input"):
                await execute_many(transaction, AGE, items)
            assert await execute_many(transaction, AGE, items[:1]) == [3]

    within(users, body)
    assert ages(observer) == 25 * 5 + 3


def test_it_is_part_of_the_unit_of_work_and_seen_by_it(users: Via, observer: psycopg.Connection) -> None:
    async def body(database: Database) -> None:
        with pytest.raises(ZeroDivisionError):  # noqa: PT012 - the unit is what raises
            async with UnitOfWork(database).begin():
                await execute_many(database.querier(), INSERT, [{"id": 77}])
                assert await execute_many(database.querier(), AGE, [{"digit": 7, "by": 1}]) == [3]
                raise ZeroDivisionError

    within(users, body)
    assert ages(observer) == 25 * 5


def test_a_migration_before_it_is_not_seen(users: Via, observer: psycopg.Connection) -> None:
    async def body(database: Database) -> None:
        await execute_many(database.querier(), INSERT, [{"id": 100 + place} for place in range(10)])
        observer.execute("ALTER TABLE users ADD name text")
        assert await execute_many(database.querier(), INSERT, [{"id": 200}, {"id": 201}]) == [1, 1]
        assert database.statistics().plans_healed == users.is_direct

    within(users, body, max_size=1)
    assert ages(observer) == 37 * 5


def test_a_pool_that_demands_settings_refuses_it_outside_a_unit(users: Via) -> None:
    async def body(database: Database) -> None:
        with pytest.raises(TransactionRequired):
            await execute_many(database.querier(), AGE, [{"digit": 1, "by": 1}])

    within(users, body, required_settings=("app.tenant",))


def test_observers_are_told_once(users: Via) -> None:
    events: list[Event] = []
    items = [{"digit": digit, "by": 1} for digit in range(10)]
    within(users, lambda database: execute_many(database.querier(), AGE, items), observers=[events.append])
    assert [type(event) for event in events if isinstance(event, Began | StatementDone | Ended)] == [
        Began, StatementDone, Ended,
    ]  # fmt: skip
    assert [event.rows for event in events if isinstance(event, StatementDone)] == [25]
