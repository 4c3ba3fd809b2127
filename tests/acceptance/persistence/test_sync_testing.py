# Written by tools/generate_sync.py from test_both_testing.py: change that one.
"""Can users test code that commits, and code that meets broken connections? The sandbox and the fault wire."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from crew_of_threads import Meeting, together

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
from whimbrel.persistence.sync import (
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
from whimbrel.persistence.sync.testing import sandbox

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


def test_a_sandbox_shows_commits_to_what_follows_and_leaves_nothing(via: Via, observer: psycopg.Connection) -> None:
    observer.execute(SCHEMA)
    done: list[str] = []
    with Database.open(via.url, via.settings()) as pool:
        units = UnitOfWork(pool)

        def hook() -> None:
            done.append("committed")

        def add(tx: Transaction) -> None:
            tx.after_commit(hook)
            tx.execute(ADD, id=1)

        with sandbox(pool):
            receipt = Receipt()
            units.execute(add, receipt=receipt, resolve=True)
            assert receipt.outcome is Outcome.COMMITTED
            assert done == ["committed"]
            pool.querier().execute(ADD, id=2)
            with pytest.raises(UniqueViolation):
                units.execute(add)
            with pytest.raises(UniqueViolation):
                pool.querier().execute(ADD, id=2)
            assert pool.querier().scalar(COUNT) == 2
            assert rows(observer) == 0
        assert rows(observer) == pool.querier().scalar(COUNT) == 0
        assert (pool.statistics().held, done) == (0, ["committed"])


def test_a_unit_that_fails_in_a_sandbox_leaves_nothing(via: Via, observer: psycopg.Connection) -> None:
    observer.execute(SCHEMA)
    with Database.open(via.url, via.settings()) as pool, sandbox(pool):
        units = UnitOfWork(pool)

        def fail(tx: Transaction) -> None:
            tx.execute(ADD, id=1)
            raise ValueError

        def swallow(tx: Transaction) -> None:
            tx.execute(ADD, id=1)
            with pytest.raises(UniqueViolation):
                tx.execute(ADD, id=1)

        def nested(tx: Transaction) -> None:
            tx.execute(ADD, id=5)
            with pytest.raises(ValueError, match=r"^$"):
                units.execute(fail, propagation=Propagation.NESTED)
            assert tx.scalar(COUNT) == 1

        with pytest.raises(ValueError, match=r"^$"):
            units.execute(fail)
        with pytest.raises(TransactionRolledBack):
            units.execute(swallow)
        assert pool.querier().scalar(COUNT) == 0
        units.execute(nested)
        assert pool.querier().scalar(COUNT) == 1


def test_a_sandbox_checks_deferred_constraints_at_each_commit(via: Via, observer: psycopg.Connection) -> None:
    observer.execute(SCHEMA)
    with Database.open(via.url, via.settings()) as pool, sandbox(pool):
        units = UnitOfWork(pool)
        receipt = Receipt()
        with pytest.raises(ForeignKeyViolation):
            units.execute(lambda tx: tx.execute(ADD_PART, id=1), receipt=receipt)
        assert receipt.outcome is Outcome.ROLLED_BACK

        def both(tx: Transaction) -> None:
            tx.execute(ADD_PART, id=2)
            tx.execute(ADD, id=2)

        def rank_twice(tx: Transaction) -> None:
            tx.execute(RANK, id=10)
            with pytest.raises(UniqueViolation):
                tx.execute(RANK, id=11)

        units.execute(both)
        with pytest.raises(TransactionRolledBack):
            units.execute(rank_twice)
        assert pool.querier().scalar(COUNT) == 1


def test_a_sandbox_forces_deferred_constraints_at_its_end(via: Via, observer: psycopg.Connection) -> None:
    """As of a statement of the pool, which in PostgreSQL would have failed by itself."""
    observer.execute(SCHEMA)
    with Database.open(via.url, via.settings()) as pool:
        with pytest.raises(ForeignKeyViolation):
            with sandbox(pool), pool.lease("raw") as connection:
                connection.execute("INSERT INTO parts VALUES (1, 1)")
        assert pool.querier().scalar(COUNT) == 0


def test_settings_of_a_unit_end_with_it_in_a_sandbox_too(via: Via, observer: psycopg.Connection) -> None:
    observer.execute(SCHEMA)
    with Database.open(via.url, via.settings()) as pool, sandbox(pool):
        units = UnitOfWork(pool)
        assert units.execute(lambda tx: tx.scalar(TENANT), settings={"app.tenant": "one"}) == "one"
        assert pool.querier().scalar(TENANT) == ""
        with pytest.raises(ReadOnlyTransaction):
            units.execute(lambda tx: tx.execute(ADD, id=1), read_only=True)
        units.execute(lambda tx: tx.execute(ADD, id=1))


def test_a_sandbox_serves_several_one_after_the_other(via: Via, observer: psycopg.Connection) -> None:
    observer.execute(SCHEMA)
    with Database.open(via.url, via.settings()) as pool, sandbox(pool):
        units = UnitOfWork(pool)
        meeting = Meeting(4)

        def work() -> None:
            def add(tx: Transaction) -> None:
                count = tx.scalar(COUNT)
                tx.execute(ADD, id=count)

            meeting.wait()
            for _ in range(10):
                units.execute(add)

        assert together(*[work] * 4) == [None] * 4
        assert pool.querier().scalar(COUNT) == 40


def test_a_unit_of_its_own_in_a_sandbox_is_a_savepoint_of_its_task_s(via: Via, observer: psycopg.Connection) -> None:
    observer.execute(SCHEMA)
    with Database.open(via.url, via.settings(acquire_timeout_s=0.2)) as pool, sandbox(pool):
        units = UnitOfWork(pool)

        def outer(tx: Transaction) -> None:
            tx.execute(ADD, id=1)
            units.execute(lambda inner: inner.execute(ADD, id=2), propagation=Propagation.REQUIRES_NEW)
            (failed,) = together(other)
            assert isinstance(failed, DBError)

        def other() -> None:
            pool.ambient.set(None)
            pool.querier().execute(ADD, id=3)

        units.execute(outer, name="outer")
        assert pool.querier().scalar(COUNT) == 2


def test_one_who_waits_too_long_in_a_sandbox_is_told_who_holds_it(via: Via, observer: psycopg.Connection) -> None:
    with Database.open(via.url, via.settings(acquire_timeout_s=0.1)) as pool, sandbox(pool):

        def other() -> None:
            pool.ambient.set(None)
            pool.querier().scalar(TENANT)

        def unit(tx: Transaction) -> None:
            (failed,) = together(other)
            assert isinstance(failed, PoolExhausted)
            assert [holder.op for holder in failed.holders] == ["the unit"]

        UnitOfWork(pool).execute(unit, name="the unit")


def test_a_sandbox_does_not_begin_while_connections_are_in_use(via: Via) -> None:
    with Database.open(via.url, via.settings()) as pool, pool.lease("report"):
        with pytest.raises(TransactionNotAllowed):
            with sandbox(pool):
                raise AssertionError


def test_the_wire_cuts_before_or_after_a_commit(via: Via, observer: psycopg.Connection) -> None:
    observer.execute(SCHEMA)
    with FaultWire(via.url) as wire:
        with Database.open(wire.url, via.settings()) as pool:
            units = UnitOfWork(pool)
            for cut, written in ((Cut.BEFORE, 0), (Cut.AFTER, 1)):
                wire.cut(cut, "COMMIT")
                with pytest.raises(CommitOutcomeUnknown):
                    units.execute(lambda tx: tx.execute(ADD, id=1))
                assert (wire.faults, rows(observer)) == (written + 1, written)
            wire.cut(Cut.AFTER, "COMMIT")
            units.execute(lambda tx: tx.execute(ADD, id=7), resolve=True)
            assert rows(observer) == 2
            assert wire.statements[-1].startswith("SELECT pg_catalog.pg_xact_status")


@pytest.mark.parametrize("prepare_after", [0, 5])
def test_the_wire_lets_the_nth_statement_fail(via: Via, observer: psycopg.Connection, prepare_after: int) -> None:
    observer.execute(SCHEMA)
    with FaultWire(via.url) as wire:
        with Database.open(wire.url, via.settings(max_size=1, prepare_after=prepare_after)) as pool:
            units = UnitOfWork(pool)
            units.execute(lambda tx: tx.execute(ADD, id=0))
            wire.fail("INSERT INTO items", nth=3, sqlstate="40001", message="it's \\ so")
            runs: list[int] = []

            def add(tx: Transaction) -> None:
                runs.append(1)
                for number in range(1, 5):
                    tx.execute(ADD, id=number)

            receipt = Receipt()
            with pytest.raises(SerializationFailure, match=r"it's \\ so"):
                units.execute(add, receipt=receipt)
            assert (receipt.outcome, rows(observer)) == (Outcome.ROLLED_BACK, 1)
            wire.fail("INSERT INTO items", nth=2, sqlstate="40001")
            units.execute(add, retry=RetryPolicy(), receipt=receipt)
            assert (len(runs), receipt.attempts, rows(observer)) == (3, 2, 5)
            wire.fail("COMMIT", sqlstate="40001")
            units.execute(lambda tx: tx.execute(ADD, id=9), retry=RetryPolicy(), receipt=receipt)
            assert (receipt.attempts, rows(observer), wire.faults) == (2, 6, 3)
            assert pool.statistics().held == 0


def test_a_wire_that_refuses_is_a_server_that_is_away(via: Via) -> None:
    with FaultWire(via.url) as wire:
        with Database.open(wire.url, via.settings(acquire_timeout_s=1, max_size=1)) as pool:
            assert pool.querier().scalar(TENANT) == ""
            wire.refuse()
            wire.cut_all()
            with pytest.raises(DBError) as failed:
                pool.querier().scalar(TENANT)
            assert failed.value.is_connection_error()
            with pytest.raises(ConnectionFailed):
                pool.querier().scalar(TENANT)
            wire.mend()
            pool.wait_ready(20)
            assert pool.querier().scalar(TENANT) == ""
