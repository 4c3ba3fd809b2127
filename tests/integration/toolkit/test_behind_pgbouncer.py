"""Behind PgBouncer what needs a session is refused by its name, and a server that crashes is a lost connection."""

from __future__ import annotations

import os
import signal
from contextlib import aclosing
from typing import TYPE_CHECKING

import psycopg
import pytest
from fix_embedded import until as until_true
from fix_pgbouncer import pgbouncer_before
from fix_postgres import Server, until
from psycopg.conninfo import make_conninfo

from whimbrel.persistence import (
    Database,
    Outcome,
    Pooler,
    Receipt,
    Relay,
    RetryPolicy,
    Statement,
    Transaction,
    UnitOfWork,
    listen,
)
from whimbrel.persistence.batch import execute_many, stream
from whimbrel.persistence.errors import ConnectionLost, IdleInTransactionTimeout, LockNotAvailable, UnsupportedByPooler
from whimbrel.shadow.postmaster import is_alive
from whimbrel.shadow.throwaway import throwaway_server

if TYPE_CHECKING:
    from collections.abc import Sequence

    from whimbrel.persistence import Message

TENANT = Statement("tenant.get", "SELECT coalesce(current_setting('app.tenant', true), '')")
REFUSED = (
    ("LISTEN news", "LISTEN"),
    ("UNLISTEN *", "UNLISTEN"),
    ("SET app.tenant = 'one'", "SET"),
    ("/* for support */ -- really\n set session app.tenant = 'one'", "SET"),
    ("SET ROLE pg_monitor", "SET"),
    ("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY", "SET"),
    ("RESET ALL", "RESET"),
    ("DISCARD ALL", "DISCARD"),
    ("LOAD 'auto_explain'", "LOAD"),
    ("PREPARE one AS SELECT 1", "PREPARE"),
    ("EXECUTE one", "EXECUTE"),
    ("DEALLOCATE ALL", "DEALLOCATE"),
    ("SELECT set_config('app.tenant', 'one', false)", "set_config(…, false)"),
    ("DO $$ BEGIN PERFORM set_config('app.tenant', 'one', false); END $$", "set_config(…, false)"),
    ("SELECT pg_advisory_lock(1)", "pg_advisory_lock()"),
    ("SELECT pg_try_advisory_lock_shared(1, 2)", "pg_try_advisory_lock_shared()"),
    ("SELECT pg_advisory_unlock_all()", "pg_advisory_unlock_all()"),
    ("CREATE TEMP TABLE scratch (id int)", "a temporary table that outlives its transaction"),
    ("DECLARE kept CURSOR WITH HOLD FOR SELECT 1", "WITH HOLD"),
    ("SELECT 1; SET app.tenant = 'one'", "SET"),
)
TAKEN = (
    "SET LOCAL app.tenant = 'one'",
    "SET TRANSACTION READ ONLY",
    "SET CONSTRAINTS ALL DEFERRED",
    "SELECT set_config('app.tenant', 'one', true)",
    "SELECT pg_advisory_xact_lock(1)",
    "SELECT 'SET app.tenant', 'pg_advisory_lock(1)'",
    "CREATE TEMP TABLE scratch (id int) ON COMMIT DROP",
    "DECLARE brief CURSOR FOR SELECT 1",
    "NOTIFY news",
)


@pytest.mark.parametrize(("text", "feature"), REFUSED)
async def test_what_needs_a_session_is_refused_by_its_name(
    behind_pgbouncer: str, observer: psycopg.Connection, text: str, feature: str
) -> None:
    what = Statement("support.do", text)
    async with await Database.open(behind_pgbouncer, pooler=Pooler.PGBOUNCER_TRANSACTION, max_size=1) as pool:
        with pytest.raises(UnsupportedByPooler) as failed:
            await pool.querier().execute(what)
        assert (failed.value.feature, failed.value.outcome) == (feature, Outcome.NOT_STARTED)
        assert str(failed.value).startswith(f"support.do failed: {feature} does not work behind a pooler")

        async def unit(tx: Transaction) -> None:
            with pytest.raises(UnsupportedByPooler):
                await tx.execute(what)
            with pytest.raises(UnsupportedByPooler):
                await execute_many(tx, what, [{}])
            assert await tx.scalar(TENANT) == ""

        await UnitOfWork(pool).execute(unit)
    sent = "SELECT query FROM pg_stat_activity WHERE datname = current_database() AND query LIKE %s"
    assert observer.execute(sent, [f"%{text}%"]).fetchall() == []


@pytest.mark.parametrize("text", TAKEN)
async def test_what_ends_with_its_transaction_is_taken(behind_pgbouncer: str, text: str) -> None:
    what = Statement("support.do", text)
    async with await Database.open(behind_pgbouncer, pooler=Pooler.PGBOUNCER_TRANSACTION, max_size=1) as pool:
        await UnitOfWork(pool).execute(lambda tx: tx.execute(what))
        assert await pool.querier().scalar(TENANT) == ""


async def test_a_stream_that_sets_the_session_is_refused(behind_pgbouncer: str) -> None:
    what = Statement("support.read", "SELECT set_config('app.tenant', 'one', false)")
    async with await Database.open(behind_pgbouncer, pooler=Pooler.PGBOUNCER_TRANSACTION) as pool:
        with pytest.raises(UnsupportedByPooler, match="set_config"):
            async with stream(pool.querier(), what):
                raise AssertionError
        assert pool.statistics().held == 0


async def test_listening_is_refused(behind_pgbouncer: str) -> None:
    async def publish(_: Sequence[Message]) -> None:
        raise AssertionError

    async with await Database.open(behind_pgbouncer, pooler=Pooler.PGBOUNCER_TRANSACTION) as pool:
        with pytest.raises(UnsupportedByPooler, match="LISTEN"):
            async with aclosing(listen(pool, "news")) as heard:
                await anext(heard)
        with pytest.raises(UnsupportedByPooler, match="LISTEN"):
            await Relay(pool, publish).run()


async def test_settings_in_the_url_are_refused(behind_pgbouncer: str) -> None:
    url = make_conninfo(behind_pgbouncer, options="-c search_path=app")
    with pytest.raises(UnsupportedByPooler, match="a database URL with options"):
        await Database.open(url, pooler=Pooler.PGBOUNCER_TRANSACTION)


async def test_the_time_outs_of_the_pool_hold_in_units_of_work(
    behind_pgbouncer: str, observer: psycopg.Connection
) -> None:
    observer.execute("CREATE TABLE items (id int)")
    observer.execute("BEGIN; LOCK TABLE items")
    async with await Database.open(
        behind_pgbouncer,
        pooler=Pooler.PGBOUNCER_TRANSACTION,
        lock_timeout_s=0.05,
        idle_in_transaction_timeout_s=0.1,
    ) as pool:

        async def wait(tx: Transaction) -> None:
            await tx.execute(Statement("items.count", "SELECT count(*) FROM items"))

        async def dawdle(tx: Transaction) -> None:
            pid = await tx.scalar(Statement("backend.pid", "SELECT pg_backend_pid()"))
            until(observer, f"NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = {pid})")
            await tx.scalar(TENANT)

        with pytest.raises(LockNotAvailable):
            await UnitOfWork(pool).execute(wait)
        observer.execute("ROLLBACK")
        with pytest.raises(IdleInTransactionTimeout):
            await UnitOfWork(pool).execute(dawdle)
        assert await pool.querier().scalar(TENANT) == ""


async def test_a_server_that_crashes_is_a_lost_connection_and_costs_one_more_attempt() -> None:
    """PgBouncer says so by the SQLSTATE of a violated protocol, after which nothing would be tried again."""
    runs: list[int] = []
    with throwaway_server() as running, pgbouncer_before(Server(running.url, running.version)) as before:

        async def unit(tx: Transaction) -> None:
            runs.append(1)
            pid = await tx.scalar(Statement("backend.pid", "SELECT pg_backend_pid()"))
            if len(runs) != 2:
                os.kill(pid, signal.SIGKILL)
                until_true(lambda: not is_alive(pid) and answers(running.url), "the server has recovered")
            await tx.scalar(TENANT)

        url = before.url(running.url)
        async with await Database.open(url, pooler=Pooler.PGBOUNCER_TRANSACTION, acquire_timeout_s=20) as pool:
            receipt = Receipt()
            await UnitOfWork(pool).execute(unit, retry=RetryPolicy(), receipt=receipt)
            assert (receipt.attempts, receipt.outcome) == (2, Outcome.COMMITTED)
            with pytest.raises(ConnectionLost) as failed:
                await UnitOfWork(pool).execute(unit)
            assert (failed.value.sqlstate, failed.value.outcome) == ("08P01", Outcome.ROLLED_BACK)
            assert type(failed.value) is ConnectionLost
            assert await pool.querier().scalar(TENANT) == ""
            assert pool.statistics().held == 0


def answers(url: str) -> bool:
    """Whether the server takes connections."""
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True
