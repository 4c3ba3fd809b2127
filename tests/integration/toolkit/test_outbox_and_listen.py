"""Messages leave the database if, and only if, their transaction committed; who listens hears of it."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING

import pytest

from whimbrel.persistence import (
    Database,
    Listening,
    Message,
    Notification,
    Relay,
    Transaction,
    UnitOfWork,
    append,
    listen,
)
from whimbrel.persistence.outbox import SCHEMA, pending

if TYPE_CHECKING:
    from collections.abc import Sequence

    import psycopg
    from fix_pgbouncer import Via

DEADLINE_S = 30


@pytest.fixture
def outbox(via: Via, observer: psycopg.Connection) -> Via:
    observer.execute(SCHEMA.encode())
    return via


async def written(database: Database, *payloads: str, key: str = "k") -> None:
    async def write(transaction: Transaction) -> None:
        for payload in payloads:
            await append(transaction, "topic", key, f'"{payload}"')

    await UnitOfWork(database).execute(write)


def test_what_rolled_back_is_never_published(outbox: Via) -> None:
    async def run() -> list[object]:
        heard: list[object] = []

        async def publish(messages: Sequence[Message]) -> None:
            heard.extend(message.payload for message in messages)

        async with await Database.open(outbox.url, outbox.settings()) as database:
            await written(database, "one", "two")
            with suppress(RuntimeError):
                async with UnitOfWork(database).begin() as transaction:
                    await append(transaction, "topic", "k", '"never"')
                    raise RuntimeError
            assert await pending(database.querier()) == 2
            await Relay(database, publish).until_empty()
            assert await pending(database.querier()) == 0
        return heard

    assert asyncio.run(run()) == ["one", "two"]


def test_what_could_not_be_published_stays_and_keeps_its_place(outbox: Via) -> None:
    async def run() -> list[object]:
        heard: list[object] = []
        fails = [True]

        async def publish(messages: Sequence[Message]) -> None:
            if fails.pop() if fails else False:
                raise ConnectionError
            heard.extend(message.payload for message in messages)

        async with await Database.open(outbox.url, outbox.settings()) as database:
            await written(database, "one", "two", "three")
            relay = Relay(database, publish)
            with pytest.raises(ConnectionError):
                await relay.once()
            await asyncio.gather(*(Relay(database, publish, batch=1).until_empty() for _ in range(3)))
            await relay.until_empty()
        return heard

    assert asyncio.run(run()) == ["one", "two", "three"]


def test_a_relay_is_woken_by_a_commit(database: str, observer: psycopg.Connection) -> None:
    observer.execute(SCHEMA.encode())

    async def run() -> None:
        heard = asyncio.Event()

        async def publish(_: Sequence[Message]) -> None:
            heard.set()

        async with asyncio.timeout(DEADLINE_S), await Database.open(database) as pool:
            relay = asyncio.create_task(Relay(pool, publish).run())
            await written(pool, "one")
            await heard.wait()
            relay.cancel()
            with pytest.raises(asyncio.CancelledError):
                await relay

    asyncio.run(run())


def test_a_listener_comes_back_and_says_so(database: str, observer: psycopg.Connection) -> None:
    async def run() -> list[Notification | Listening]:
        heard: list[Notification | Listening] = []
        async with (
            asyncio.timeout(DEADLINE_S),
            await Database.open(database) as pool,
            aclosing(listen(pool, "news", 'a "channel"')) as sounds,
        ):
            async for sound in sounds:
                heard.append(sound)
                match len(heard):
                    case 1:
                        observer.execute("SELECT pg_notify('a \"channel\"', 'one')")
                    case 2:
                        observer.execute(
                            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                            " WHERE datname = current_database() AND query LIKE 'LISTEN%'"
                        )
                    case 3:
                        observer.execute("NOTIFY news, 'two'")
                    case _:
                        break
        return heard

    first, one, again, two = asyncio.run(run())
    assert (first, again) == (Listening(again=False), Listening(again=True))
    assert isinstance(one, Notification)
    assert isinstance(two, Notification)
    assert (one.channel, one.payload, two.channel, two.payload) == ('a "channel"', "one", "news", "two")
