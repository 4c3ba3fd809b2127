"""Does a transaction stay its task's, and is its outcome known though the task is cancelled? What only tasks can do."""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from fault_proxy import Fault, FaultProxy, When

from whimbrel.persistence import Database, Outcome, Receipt, RetryPolicy, Statement, Transaction, UnitOfWork
from whimbrel.persistence.errors import (
    CommitOutcomeUnknown,
    ForeignKeyViolation,
    HandleClosed,
    TransactionRolledBack,
    UnitTimeout,
    WrongTask,
)
from whimbrel.persistence.options import Isolation

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import psycopg
    from fix_pgbouncer import Via

ITEMS = "CREATE TABLE items (id bigint PRIMARY KEY, size integer NOT NULL DEFAULT 1)"
SLOW_COMMIT = """
    CREATE FUNCTION linger() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_sleep(0.3);
        IF NEW.id < 0 THEN RAISE foreign_key_violation; END IF;
        RETURN NULL;
    END $$;
    CREATE CONSTRAINT TRIGGER linger AFTER INSERT ON items DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION linger()
"""
ADD = Statement("items.add", "INSERT INTO items (id) VALUES (%(id)s)", params={"id": int})
COUNT = Statement("items.count", "SELECT count(*) FROM items")
NAP = Statement("test.nap", "SELECT pg_sleep(30)")


async def busy_with(observer: psycopg.Connection, query: str, sessions: int = 1) -> None:
    """Return when so many sessions are at work on a query."""
    text = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND query LIKE %s"
    while len(observer.execute(text, [query]).fetchall()) < sessions:
        await asyncio.sleep(0)


def rows(observer: psycopg.Connection) -> int:
    found = observer.execute("SELECT count(*) FROM items").fetchone()
    assert found is not None
    return int(found[0])


async def test_a_cancel_in_commit_is_delivered_after_the_outcome_is_known(
    via: Via, observer: psycopg.Connection
) -> None:
    observer.execute(ITEMS)
    observer.execute(SLOW_COMMIT)
    done: list[str] = []

    async def committed() -> None:
        done.append("committed")

    async def rolled_back() -> None:
        done.append("rolled back")

    async with await Database.open(via.url, via.settings(max_size=2)) as pool:

        def add(number: int) -> Callable[[Transaction], Awaitable[object]]:
            async def fn(tx: Transaction) -> None:
                tx.after_commit(committed)
                tx.after_rollback(rolled_back)
                await tx.execute(ADD, id=number)

            return fn

        for number, outcome in ((1, Outcome.COMMITTED), (-1, Outcome.ROLLED_BACK)):
            receipt = Receipt()
            task = asyncio.create_task(UnitOfWork(pool).execute(add(number), receipt=receipt))
            await busy_with(observer, "COMMIT")
            task.cancel()
            with pytest.raises(asyncio.CancelledError) as cancelled:
                await task
            assert receipt.outcome is outcome
            assert done.pop() == outcome
            assert not done
            assert rows(observer) == 1
            if number < 0:
                assert isinstance(cancelled.value.__cause__, ForeignKeyViolation)
        assert (pool.statistics().held, pool.statistics().idle) == (0, pool.statistics().size)


async def test_a_cancel_before_commit_rolls_back(via: Via, observer: psycopg.Connection) -> None:
    observer.execute(ITEMS)
    async with await Database.open(via.url, via.settings(max_size=1)) as pool:

        async def sleepy(tx: Transaction) -> None:
            await tx.execute(ADD, id=1)
            await tx.execute(NAP)

        receipt = Receipt()
        task = asyncio.create_task(UnitOfWork(pool).execute(sleepy, receipt=receipt))
        await busy_with(observer, "%pg_sleep(30)%")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert receipt.outcome is Outcome.ROLLED_BACK
        assert await pool.querier().scalar(COUNT) == 0
        assert (pool.statistics().held, pool.statistics().size) == (0, 1)


async def test_a_cancel_after_commit_leaves_it_committed(via: Via, observer: psycopg.Connection) -> None:
    observer.execute(ITEMS)
    async with await Database.open(via.url, via.settings(max_size=1)) as pool:
        reached = asyncio.Event()

        async def hook() -> None:
            reached.set()
            await asyncio.sleep(30)

        async def add(tx: Transaction) -> None:
            tx.after_commit(hook)
            await tx.execute(ADD, id=1)

        receipt = Receipt()
        task = asyncio.create_task(UnitOfWork(pool).execute(add, receipt=receipt))
        await reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert receipt.outcome is Outcome.COMMITTED
        assert rows(observer) == 1


@pytest.mark.parametrize("turns", range(0, 40, 2))
async def test_a_cancel_at_any_turn_of_the_loop_tells_the_outcome_and_leaves_the_pool_whole(
    via: Via, observer: psycopg.Connection, turns: int
) -> None:
    observer.execute(ITEMS)
    async with await Database.open(via.url, via.settings(max_size=1)) as pool:

        async def add(tx: Transaction) -> None:
            await tx.execute(ADD, id=1)
            await tx.scalar(COUNT)

        await pool.querier().scalar(COUNT)
        receipt = Receipt()
        task = asyncio.create_task(UnitOfWork(pool).execute(add, receipt=receipt, settings={"a.b": "1"}))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        assert rows(observer) == (1 if receipt.outcome is Outcome.COMMITTED else 0)
        assert receipt.outcome is not Outcome.UNKNOWN
        assert await pool.querier().scalar(COUNT) == rows(observer)
        assert (pool.statistics().held, pool.statistics().size) == (0, 1)


async def test_a_cancel_whose_commit_is_lost_is_unknown_or_resolved(via: Via, observer: psycopg.Connection) -> None:
    observer.execute(ITEMS)
    for resolve, outcome in ((False, Outcome.UNKNOWN), (True, Outcome.COMMITTED)):
        observer.execute("TRUNCATE items")
        with FaultProxy(via.url, Fault(1, When.AFTER, "COMMIT", hold=True)) as proxy:
            async with await Database.open(proxy.url, via.settings()) as pool:
                receipt = Receipt()
                unit = UnitOfWork(pool).execute(lambda tx: tx.execute(ADD, id=1), receipt=receipt, resolve=resolve)
                task = asyncio.create_task(unit)
                await asyncio.to_thread(proxy.wait_for_fault)
                task.cancel()
                await asyncio.sleep(0)
                proxy.release()  # and the answer is not passed on: the connection is cut
                with pytest.raises(asyncio.CancelledError) as cancelled:
                    await task
                assert receipt.outcome is outcome
                assert isinstance(cancelled.value.__cause__, None.__class__ if resolve else CommitOutcomeUnknown)
        assert rows(observer) == 1


async def test_a_child_task_cannot_touch_a_unit_after_its_end(via: Via, observer: psycopg.Connection) -> None:
    observer.execute(ITEMS)
    async with await Database.open(via.url, via.settings()) as pool:
        ended = asyncio.Event()

        async def child(tx: Transaction) -> None:
            await ended.wait()
            await tx.execute(ADD, id=1)

        async def unit(tx: Transaction) -> asyncio.Task[None]:
            return asyncio.create_task(child(tx))

        task = await UnitOfWork(pool).execute(unit)
        ended.set()
        with pytest.raises(HandleClosed, match="has ended"):
            await task
        assert rows(observer) == 0


async def test_a_child_task_finds_neither_the_transaction_nor_the_pool_while_its_parent_s_unit_runs(
    via: Via,
) -> None:
    async with await Database.open(via.url, via.settings()) as pool:

        async def child() -> None:
            await pool.querier().scalar(NAP)

        async def unit(tx: Transaction) -> None:
            await asyncio.create_task(child(), name="its child")

        with pytest.raises(WrongTask, match="used by task its child"):
            await UnitOfWork(pool).execute(unit)


async def test_gather_in_a_unit_of_work_is_a_clear_error(via: Via, observer: psycopg.Connection) -> None:
    observer.execute(ITEMS)
    async with await Database.open(via.url, via.settings()) as pool:

        async def both(tx: Transaction) -> None:
            await asyncio.gather(tx.execute(ADD, id=1), tx.execute(ADD, id=2))

        with pytest.raises(WrongTask, match=r"transaction belongs to task .* and was used by task") as failed:
            await UnitOfWork(pool).execute(both)
        assert "share()" in failed.value.remedy
        assert rows(observer) == 0


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="since Python 3.12 wait_for makes no task")
async def test_wait_for_in_a_unit_of_work_is_told_of_timeout(via: Via) -> None:
    async with await Database.open(via.url, via.settings()) as pool:

        async def unit(tx: Transaction) -> Any:
            return await asyncio.wait_for(tx.scalar(NAP), 10)

        with pytest.raises(WrongTask) as failed:
            await UnitOfWork(pool).execute(unit)
        assert "asyncio.timeout" in failed.value.remedy


async def test_a_shared_transaction_is_the_child_s_too_for_the_time_of_the_block(
    via: Via, observer: psycopg.Connection
) -> None:
    observer.execute(ITEMS)
    async with await Database.open(via.url, via.settings()) as pool:

        async def unit(tx: Transaction) -> None:
            share = tx.share()

            async def child(number: int) -> None:
                async with share as shared:
                    await shared.execute(ADD, id=number)
                    await pool.querier().execute(ADD, id=number + 1)
                with pytest.raises(WrongTask):
                    pool.querier()
                with pytest.raises(WrongTask):
                    await shared.execute(ADD, id=number + 2)

            await asyncio.create_task(child(1))
            await tx.execute(ADD, id=5)
            await asyncio.create_task(child(10))
            assert await tx.scalar(COUNT) == 5

        await UnitOfWork(pool).execute(unit)
        assert rows(observer) == 5


async def test_two_tasks_at_once_in_a_shared_transaction_are_an_error(via: Via) -> None:
    async with await Database.open(via.url, via.settings()) as pool:

        async def unit(tx: Transaction) -> None:
            share = tx.share()

            async def child() -> None:
                async with share as shared:
                    await shared.execute(Statement("test.wait", "SELECT pg_sleep(0.1)"))

            await asyncio.gather(child(), child())

        with pytest.raises(WrongTask):
            await UnitOfWork(pool).execute(unit)
        assert pool.statistics().held == 0


async def test_share_after_the_end_is_refused(via: Via) -> None:
    async with await Database.open(via.url, via.settings()) as pool:

        async def unit(tx: Transaction) -> Transaction:
            return tx

        tx = await UnitOfWork(pool).execute(unit)
        with pytest.raises(HandleClosed):
            async with tx.share():
                raise AssertionError


async def test_a_time_out_of_the_caller_s_own_passes_as_it_is(via: Via) -> None:
    async with await Database.open(via.url, via.settings()) as pool:

        async def unit(tx: Transaction) -> None:
            async with asyncio.timeout(0.05):
                await asyncio.sleep(10)

        with pytest.raises(TimeoutError):
            await UnitOfWork(pool).execute(unit, timeout_s=20)

        async def own(tx: Transaction) -> None:
            with suppress(TimeoutError):
                async with asyncio.timeout(0.05):
                    await tx.execute(NAP)

        with pytest.raises(TransactionRolledBack) as failed:
            await UnitOfWork(pool).execute(own)
        assert isinstance(failed.value.first, asyncio.CancelledError)


async def test_the_time_limit_holds_for_later_attempts_too(via: Via, observer: psycopg.Connection) -> None:
    """Also after an attempt that failed in COMMIT, which no limit interrupts."""
    observer.execute(ITEMS)
    observer.execute("INSERT INTO items VALUES (1), (2)")
    runs: list[int] = []
    update = Statement(
        "items.grow", "UPDATE items SET size = (SELECT sum(size) FROM items) WHERE id = %(id)s", params={"id": int}
    )
    async with await Database.open(via.url, via.settings()) as pool:
        units = UnitOfWork(pool)

        async def other(tx: Transaction) -> None:
            await tx.execute(update, id=1)

        async def unit(tx: Transaction) -> None:
            runs.append(1)
            await tx.execute(update, id=2)
            if len(runs) == 1:
                await asyncio.create_task(outside())
            else:
                await tx.execute(NAP)

        async def outside() -> None:
            pool.ambient.set(None)
            await units.execute(other, isolation=Isolation.SERIALIZABLE)

        receipt = Receipt()
        with pytest.raises(UnitTimeout):
            await units.execute(
                unit, isolation=Isolation.SERIALIZABLE, retry=RetryPolicy(), timeout_s=0.5, receipt=receipt
            )
        assert (receipt.outcome, len(runs)) == (Outcome.ROLLED_BACK, 2)


async def test_cancelled_statements_of_the_pool_leave_it_whole(via: Via, observer: psycopg.Connection) -> None:
    async with await Database.open(via.url, via.settings(max_size=2)) as pool:
        tasks = [asyncio.create_task(pool.querier().execute(NAP)) for _ in range(6)]
        await busy_with(observer, "%pg_sleep(30)%", sessions=2)
        for task in tasks:
            task.cancel()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(end) for end in ends] == [asyncio.CancelledError] * len(tasks), ends
        assert await pool.querier().scalar(Statement("test.one", "SELECT 1")) == 1
        assert pool.statistics().held == 0
