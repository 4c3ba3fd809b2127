"""Can users test code that commits, and code that meets broken connections? The sandbox and the fault wire."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from crew import Meeting, together

from whimbrel.persistence import (
    Database,
    DBError,
    Outcome,
    Propagation,
    Receipt,
    RetryPolicy,
    Statement,
    Transaction,
    UnitOfWork,
)
from whimbrel.persistence.errors import (
    CommitOutcomeUnknown,
    ConnectionFailed,
    ForeignKeyViolation,
    PoolExhausted,
    ReadOnlyTransaction,
    SerializationFailure,
    TransactionNotAllowed,
    TransactionRolledBack,
    UniqueViolation,
)
from whimbrel.persistence.fault_wire import Cut, FaultWire
from whimbrel.persistence.testing import sandbox

if TYPE_CHECKING:
    import psycopg
    from fix_pgbouncer import Via

SCHEMA = """
    CREATE TABLE items (id bigint PRIMARY KEY);
    CREATE TABLE parts (id bigint PRIMARY KEY, item bigint REFERENCES items DEFERRABLE INITIALLY DEFERRED);
    ALTER TABLE items ADD COLUMN rank int, ADD UNIQUE (rank) DEFERRABLE INITIALLY IMMEDIATE
"""
ADD = Statement("items.add", "INSERT INTO items (id) VALUES (%(id)s)", params={"id": int})
RANK = Statement("items.rank", "INSERT INTO items (id, rank) VALUES (%(id)s, 1)", params={"id": int})
ADD_PART = Statement("parts.add", "INSERT INTO parts VALUES (%(id)s, %(id)s)", params={"id": int})
COUNT = Statement("items.count", "SELECT count(*) FROM items")
TENANT = Statement("tenant.get", "SELECT coalesce(current_setting('app.tenant', true), '')")


def rows(observer: psycopg.Connection) -> int:
    found = observer.execute("SELECT count(*) FROM items").fetchone()
    assert found is not None
    return int(found[0])


async def test_a_sandbox_shows_commits_to_what_follows_and_leaves_nothing(
    via: Via, observer: psycopg.Connection
) -> None:
    observer.execute(SCHEMA)
    done: list[str] = []
    async with await Database.open(via.url, via.settings()) as pool:
        units = UnitOfWork(pool)

        async def hook() -> None:
            done.append("committed")

        async def add(tx: Transaction) -> None:
            tx.after_commit(hook)
            await tx.execute(ADD, id=1)

        async with sandbox(pool):
            receipt = Receipt()
            await units.execute(add, receipt=receipt, resolve=True)
            assert receipt.outcome is Outcome.COMMITTED
            assert done == ["committed"]
            await pool.querier().execute(ADD, id=2)
            with pytest.raises(UniqueViolation):
                await units.execute(add)
            with pytest.raises(UniqueViolation):
                await pool.querier().execute(ADD, id=2)
            assert await pool.querier().scalar(COUNT) == 2
            assert rows(observer) == 0
        assert rows(observer) == await pool.querier().scalar(COUNT) == 0
        assert (pool.statistics().held, done) == (0, ["committed"])


async def test_a_unit_that_fails_in_a_sandbox_leaves_nothing(via: Via, observer: psycopg.Connection) -> None:
    observer.execute(SCHEMA)
    async with await Database.open(via.url, via.settings()) as pool, sandbox(pool):
        units = UnitOfWork(pool)

        async def fail(tx: Transaction) -> None:
            await tx.execute(ADD, id=1)
            raise ValueError

        async def swallow(tx: Transaction) -> None:
            await tx.execute(ADD, id=1)
            with pytest.raises(UniqueViolation):
                await tx.execute(ADD, id=1)

        async def nested(tx: Transaction) -> None:
            await tx.execute(ADD, id=5)
            with pytest.raises(ValueError, match=r"^$"):
                await units.execute(fail, propagation=Propagation.NESTED)
            assert await tx.scalar(COUNT) == 1

        with pytest.raises(ValueError, match=r"^$"):
            await units.execute(fail)
        with pytest.raises(TransactionRolledBack):
            await units.execute(swallow)
        assert await pool.querier().scalar(COUNT) == 0
        await units.execute(nested)
        assert await pool.querier().scalar(COUNT) == 1


async def test_a_sandbox_checks_deferred_constraints_at_each_commit(via: Via, observer: psycopg.Connection) -> None:
    observer.execute(SCHEMA)
    async with await Database.open(via.url, via.settings()) as pool, sandbox(pool):
        units = UnitOfWork(pool)
        receipt = Receipt()
        with pytest.raises(ForeignKeyViolation):
            await units.execute(lambda tx: tx.execute(ADD_PART, id=1), receipt=receipt)
        assert receipt.outcome is Outcome.ROLLED_BACK

        async def both(tx: Transaction) -> None:
            await tx.execute(ADD_PART, id=2)
            await tx.execute(ADD, id=2)

        async def rank_twice(tx: Transaction) -> None:
            await tx.execute(RANK, id=10)
            with pytest.raises(UniqueViolation):
                await tx.execute(RANK, id=11)

        await units.execute(both)
        with pytest.raises(TransactionRolledBack):
            await units.execute(rank_twice)
        assert await pool.querier().scalar(COUNT) == 1


async def test_a_sandbox_forces_deferred_constraints_at_its_end(via: Via, observer: psycopg.Connection) -> None:
    """As of a statement of the pool, which in PostgreSQL would have failed by itself."""
    observer.execute(SCHEMA)
    async with await Database.open(via.url, via.settings()) as pool:
        with pytest.raises(ForeignKeyViolation):
            async with sandbox(pool), pool.lease("raw") as connection:
                await connection.execute("INSERT INTO parts VALUES (1, 1)")
        assert await pool.querier().scalar(COUNT) == 0


async def test_settings_of_a_unit_end_with_it_in_a_sandbox_too(via: Via, observer: psycopg.Connection) -> None:
    observer.execute(SCHEMA)
    async with await Database.open(via.url, via.settings()) as pool, sandbox(pool):
        units = UnitOfWork(pool)
        assert await units.execute(lambda tx: tx.scalar(TENANT), settings={"app.tenant": "one"}) == "one"
        assert await pool.querier().scalar(TENANT) == ""
        with pytest.raises(ReadOnlyTransaction):
            await units.execute(lambda tx: tx.execute(ADD, id=1), read_only=True)
        await units.execute(lambda tx: tx.execute(ADD, id=1))


async def test_a_sandbox_serves_several_one_after_the_other(via: Via, observer: psycopg.Connection) -> None:
    observer.execute(SCHEMA)
    async with await Database.open(via.url, via.settings()) as pool, sandbox(pool):
        units = UnitOfWork(pool)
        meeting = Meeting(4)

        async def work() -> None:
            async def add(tx: Transaction) -> None:
                count = await tx.scalar(COUNT)
                await tx.execute(ADD, id=count)

            await meeting.wait()
            for _ in range(10):
                await units.execute(add)

        assert await together(*[work] * 4) == [None] * 4
        assert await pool.querier().scalar(COUNT) == 40


async def test_a_unit_of_its_own_in_a_sandbox_is_a_savepoint_of_its_task_s(
    via: Via, observer: psycopg.Connection
) -> None:
    observer.execute(SCHEMA)
    async with await Database.open(via.url, via.settings(acquire_timeout_s=0.2)) as pool, sandbox(pool):
        units = UnitOfWork(pool)

        async def outer(tx: Transaction) -> None:
            await tx.execute(ADD, id=1)
            await units.execute(lambda inner: inner.execute(ADD, id=2), propagation=Propagation.REQUIRES_NEW)
            (failed,) = await together(other)
            assert isinstance(failed, DBError)

        async def other() -> None:
            pool.ambient.set(None)
            await pool.querier().execute(ADD, id=3)

        await units.execute(outer, name="outer")
        assert await pool.querier().scalar(COUNT) == 2


async def test_one_who_waits_too_long_in_a_sandbox_is_told_who_holds_it(via: Via, observer: psycopg.Connection) -> None:
    async with await Database.open(via.url, via.settings(acquire_timeout_s=0.1)) as pool, sandbox(pool):

        async def other() -> None:
            pool.ambient.set(None)
            await pool.querier().scalar(TENANT)

        async def unit(tx: Transaction) -> None:
            (failed,) = await together(other)
            assert isinstance(failed, PoolExhausted)
            assert [holder.op for holder in failed.holders] == ["the unit"]

        await UnitOfWork(pool).execute(unit, name="the unit")


async def test_a_sandbox_does_not_begin_while_connections_are_in_use(via: Via) -> None:
    async with await Database.open(via.url, via.settings()) as pool, pool.lease("report"):
        with pytest.raises(TransactionNotAllowed):
            async with sandbox(pool):
                raise AssertionError


async def test_the_wire_cuts_before_or_after_a_commit(via: Via, observer: psycopg.Connection) -> None:
    observer.execute(SCHEMA)
    with FaultWire(via.url) as wire:
        async with await Database.open(wire.url, via.settings()) as pool:
            units = UnitOfWork(pool)
            for cut, written in ((Cut.BEFORE, 0), (Cut.AFTER, 1)):
                wire.cut(cut, "COMMIT")
                with pytest.raises(CommitOutcomeUnknown):
                    await units.execute(lambda tx: tx.execute(ADD, id=1))
                assert (wire.faults, rows(observer)) == (written + 1, written)
            wire.cut(Cut.AFTER, "COMMIT")
            await units.execute(lambda tx: tx.execute(ADD, id=7), resolve=True)
            assert rows(observer) == 2
            assert wire.statements[-1].startswith("SELECT pg_catalog.pg_xact_status")


@pytest.mark.parametrize("prepare_after", [0, 5])
async def test_the_wire_lets_the_nth_statement_fail(via: Via, observer: psycopg.Connection, prepare_after: int) -> None:
    observer.execute(SCHEMA)
    with FaultWire(via.url) as wire:
        async with await Database.open(wire.url, via.settings(max_size=1, prepare_after=prepare_after)) as pool:
            units = UnitOfWork(pool)
            await units.execute(lambda tx: tx.execute(ADD, id=0))
            wire.fail("INSERT INTO items", nth=3, sqlstate="40001", message="it's \\ so")
            runs: list[int] = []

            async def add(tx: Transaction) -> None:
                runs.append(1)
                for number in range(1, 5):
                    await tx.execute(ADD, id=number)

            receipt = Receipt()
            with pytest.raises(SerializationFailure, match=r"it's \\ so"):
                await units.execute(add, receipt=receipt)
            assert (receipt.outcome, rows(observer)) == (Outcome.ROLLED_BACK, 1)
            wire.fail("INSERT INTO items", nth=2, sqlstate="40001")
            await units.execute(add, retry=RetryPolicy(), receipt=receipt)
            assert (len(runs), receipt.attempts, rows(observer)) == (3, 2, 5)
            wire.fail("COMMIT", sqlstate="40001")
            await units.execute(lambda tx: tx.execute(ADD, id=9), retry=RetryPolicy(), receipt=receipt)
            assert (receipt.attempts, rows(observer), wire.faults) == (2, 6, 3)
            assert pool.statistics().held == 0


async def test_a_wire_that_refuses_is_a_server_that_is_away(via: Via) -> None:
    with FaultWire(via.url) as wire:
        async with await Database.open(wire.url, via.settings(acquire_timeout_s=1, max_size=1)) as pool:
            assert await pool.querier().scalar(TENANT) == ""
            wire.refuse()
            wire.cut_all()
            with pytest.raises(DBError) as failed:
                await pool.querier().scalar(TENANT)
            assert failed.value.is_connection_error()
            with pytest.raises(ConnectionFailed):
                await pool.querier().scalar(TENANT)
            wire.mend()
            await pool.wait_ready(20)
            assert await pool.querier().scalar(TENANT) == ""
