"""Old idempotency keys and published messages go, in batches; what is young, unpublished or in use stays."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from backend.application.ports.idempotency import IdempotentCall
from backend.infrastructure.persistence.repository.idempotency_repository import CLAIM, IdempotencyRepository
from backend.infrastructure.persistence.upkeep import BATCH, KEPT, keep_up, purge
from whimbrel.migrator import Migrator, parse_url, path_source
from whimbrel.persistence import Database, Transaction, UnitOfWork, append
from whimbrel.persistence.events import StatementDone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from whimbrel.persistence import Message
    from whimbrel.persistence.events import Event

MIGRATIONS = Path(__file__).parents[3] / "reference/backend/migrations"
NOW = datetime(2026, 5, 1, tzinfo=UTC)
OLD, YOUNG = NOW - KEPT - timedelta(seconds=1), NOW - KEPT + timedelta(seconds=1)
DEADLINE_S = 30


@pytest.fixture
def migrated(database: str) -> str:
    migrate(database)
    return database


def migrate(database: str) -> None:
    with Migrator(path_source(str(MIGRATIONS)), parse_url(database)) as migrator:
        migrator.up()


def add_keys(connection: psycopg.Connection, prefix: str, count: int, at: datetime) -> None:
    connection.execute(
        "INSERT INTO idempotency_keys (operation, key, request_hash, answer, created_at)"
        " SELECT 'transfer', %s || n, decode(repeat('00', 32), 'hex'), '{}', %s FROM generate_series(1, %s) AS n",
        [prefix, at, count],
    )


def add_messages(connection: psycopg.Connection, topic: str, count: int, published_at: datetime | None) -> None:
    connection.execute(
        "INSERT INTO outbox (topic, key, payload, created_at, published_at)"
        " SELECT %s, 'k', '{}', %s, %s FROM generate_series(1, %s)",
        [topic, OLD, published_at, count],
    )


def test_what_is_old_goes_in_batches_and_the_rest_stays(migrated: str, observer: psycopg.Connection) -> None:
    add_keys(observer, "old ", 2 * BATCH + 1, OLD)
    add_keys(observer, "young ", 2, YOUNG)
    add_messages(observer, "waits", 3, None)
    add_messages(observer, "old", BATCH, OLD)
    add_messages(observer, "young", 4, YOUNG)
    batches: list[tuple[str, int]] = []

    def count(event: Event) -> None:
        if isinstance(event, StatementDone):
            batches.append((event.op, event.rows))

    async def run() -> int:
        async with await Database.open(migrated, observers=[count]) as database:
            return await purge(database, NOW)

    assert asyncio.run(run()) == 3 * BATCH + 1
    assert batches == [
        ("idempotency.purge", BATCH), ("idempotency.purge", BATCH), ("idempotency.purge", 1),
        ("outbox.purge", BATCH), ("outbox.purge", 0),
    ]  # fmt: skip
    assert observer.execute("SELECT key FROM idempotency_keys ORDER BY key").fetchall() == [("young 1",), ("young 2",)]
    left = observer.execute("SELECT topic, count(*) FROM outbox GROUP BY topic ORDER BY topic").fetchall()
    assert left == [("waits", 3), ("young", 4)]


def test_a_row_in_use_is_left_and_not_waited_for(migrated: str, observer: psycopg.Connection) -> None:
    add_keys(observer, "old ", 3, OLD)

    async def run() -> int:
        async with await Database.open(migrated, lock_timeout_s=1.0) as database:
            return await purge(database, NOW)

    with psycopg.connect(migrated) as holder:
        holder.execute("SELECT FROM idempotency_keys WHERE key = 'old 2' FOR UPDATE")
        assert asyncio.run(run()) == 2
    assert observer.execute("SELECT key FROM idempotency_keys").fetchall() == [("old 2",)]


def test_a_key_that_is_purged_while_it_is_claimed_is_free(migrated: str, observer: psycopg.Connection) -> None:
    add_keys(observer, "old ", 1, OLD)
    claims = 0

    def purge_after_the_first_claim(event: Event) -> None:
        nonlocal claims
        if isinstance(event, StatementDone) and event.op == CLAIM.name:
            claims += 1
            if claims == 1:
                observer.execute("DELETE FROM idempotency_keys")

    async def claim(transaction: Transaction) -> object:
        return await IdempotencyRepository(transaction).claim(
            IdempotentCall("transfer", "old 1", b"1" * 32), {"a": "b"}
        )

    async def run() -> object:
        async with await Database.open(migrated, observers=[purge_after_the_first_claim]) as database:
            return await UnitOfWork(database).execute(claim)

    assert asyncio.run(run()) is None
    assert claims == 2
    assert observer.execute("SELECT answer FROM idempotency_keys").fetchall() == [({"a": "b"},)]


def test_what_is_committed_is_published_and_what_is_old_is_purged(migrated: str, observer: psycopg.Connection) -> None:
    add_keys(observer, "old ", 1, OLD)
    add_messages(observer, "old", 1, OLD)

    async def run() -> Sequence[Message]:
        published: asyncio.Queue[Sequence[Message]] = asyncio.Queue()

        async def write(transaction: Transaction) -> None:
            await append(transaction, "user.registered", "7", "{}")

        async with asyncio.timeout(DEADLINE_S), await Database.open(migrated) as database:
            upkeep = asyncio.create_task(keep_up(database, published.put, lambda: NOW))
            await UnitOfWork(database).execute(write)
            messages = await published.get()
            while observer.execute("SELECT FROM idempotency_keys").fetchall():
                await asyncio.sleep(0.01)
            while observer.execute("SELECT FROM outbox WHERE topic = 'old' OR published_at IS NULL").fetchall():
                await asyncio.sleep(0.01)
            upkeep.cancel()
            with pytest.raises(asyncio.CancelledError):
                await upkeep
        return messages

    assert [message.topic for message in asyncio.run(run())] == ["user.registered"]
