"""Does a transaction stay its thread's, and does a time limit end what runs in it?"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest
from crew_of_threads import together

from whimbrel.persistence.errors import HandleClosed, UnitTimeout, WrongTask
from whimbrel.persistence.statement import Statement
from whimbrel.persistence.sync import Database, Outcome, Receipt, Transaction, UnitOfWork

if TYPE_CHECKING:
    import psycopg
    from fix_pgbouncer import Via

ITEMS = "CREATE TABLE items (id bigint PRIMARY KEY, size integer NOT NULL DEFAULT 1)"
ADD = Statement("items.add", "INSERT INTO items (id) VALUES (%(id)s)", params={"id": int})
COUNT = Statement("items.count", "SELECT count(*) FROM items")
NAP = Statement("test.nap", "SELECT pg_sleep(30)")


def test_a_second_thread_cannot_touch_a_unit_after_its_end(via: Via, observer: psycopg.Connection) -> None:
    observer.execute(ITEMS)
    with Database.open(via.url, via.settings()) as pool:
        tx = UnitOfWork(pool).execute(lambda tx: tx)
        (failed,) = together(lambda: tx.execute(ADD, id=1))
        assert isinstance(failed, HandleClosed)
        with pytest.raises(HandleClosed):
            tx.execute(ADD, id=1)
        assert pool.querier().scalar(COUNT) == 0


def test_a_second_thread_in_a_unit_of_work_is_a_clear_error(via: Via, observer: psycopg.Connection) -> None:
    observer.execute(ITEMS)
    with Database.open(via.url, via.settings()) as pool:

        def unit(tx: Transaction) -> None:
            (failed,) = together(lambda: tx.execute(ADD, id=1))
            assert isinstance(failed, WrongTask)
            assert "belongs to thread MainThread and was used by thread " in str(failed)
            tx.execute(ADD, id=2)

        UnitOfWork(pool).execute(unit)
        assert pool.querier().scalar(COUNT) == 1


def test_a_shared_transaction_is_the_second_thread_s_too(via: Via, observer: psycopg.Connection) -> None:
    observer.execute(ITEMS)
    with Database.open(via.url, via.settings()) as pool:

        def unit(tx: Transaction) -> None:
            def child() -> None:
                with tx.share() as shared:
                    shared.execute(ADD, id=1)
                    pool.querier().execute(ADD, id=2)
                with pytest.raises(WrongTask):
                    shared.execute(ADD, id=3)

            assert together(child) == [None]
            tx.execute(ADD, id=4)

        UnitOfWork(pool).execute(unit)
        assert pool.querier().scalar(COUNT) == 3


def test_a_time_limit_ends_no_statement_of_another_s(via: Via, observer: psycopg.Connection) -> None:
    """The timer of a unit that waits for its next attempt, or runs its hooks, has no connection to cancel."""
    observer.execute(ITEMS)
    with Database.open(via.url, via.settings(max_size=1)) as pool:

        def unit(tx: Transaction) -> None:
            tx.execute(ADD, id=1)
            tx.after_rollback(other)
            raise ValueError

        def other() -> None:
            pool.querier().execute(Statement("test.wait", "SELECT pg_sleep(0.4)"))
            done.append(1)

        done: list[int] = []
        with pytest.raises((ValueError, TimeoutError, UnitTimeout)):
            UnitOfWork(pool).execute(unit, timeout_s=0.15)
        assert done


def test_a_time_limit_ends_the_statement_that_runs(via: Via, observer: psycopg.Connection) -> None:
    observer.execute(ITEMS)
    with Database.open(via.url, via.settings(max_size=1)) as pool:

        def unit(tx: Transaction) -> None:
            tx.execute(ADD, id=1)
            tx.execute(NAP)

        receipt = Receipt()
        began = time.monotonic()
        with pytest.raises(UnitTimeout, match=r"not done within 0\.2 s"):
            UnitOfWork(pool).execute(unit, timeout_s=0.2, receipt=receipt)
        assert time.monotonic() - began < 10
        assert receipt.outcome is Outcome.ROLLED_BACK
        assert pool.querier().scalar(COUNT) == 0
        assert not [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]
