"""What does a unit of work do inside another one, when its server goes away, and when a migration runs beside it?"""

from __future__ import annotations

import os
import signal
from collections import Counter
from contextlib import contextmanager
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING

import psycopg
import pytest
from crew import Meeting, together
from fix_embedded import until

from whimbrel.persistence import (
    Database,
    DBError,
    EnumType,
    Isolation,
    Outcome,
    Propagation,
    Receipt,
    RetryPolicy,
    Statement,
    Transaction,
    UnitOfWork,
)
from whimbrel.persistence.errors import (
    AuthenticationFailed,
    ConnectionFailed,
    ConnectionLost,
    IncompatibleJoin,
    InvalidCatalog,
    NotFound,
    PoolClosed,
    PoolExhausted,
    RowMismatch,
    SchemaMismatch,
    StalePlan,
    StatementTimeout,
    TooManyConnections,
    TransactionNotAllowed,
    TransactionRequired,
    TransactionRolledBack,
    TransactionStateError,
    UnexpectedRowCount,
    UniqueViolation,
    UnitTimeout,
)
from whimbrel.persistence.events import Event, Retried
from whimbrel.persistence.fault_wire import Cut, FaultWire
from whimbrel.persistence.pool import PooledConnection
from whimbrel.shadow.postmaster import is_alive
from whimbrel.shadow.throwaway import throwaway_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fix_embedded import Serve
    from fix_pgbouncer import Via

    from whimbrel.shadow.embedded import EmbeddedServer

ITEMS = "CREATE TABLE items (id bigint PRIMARY KEY, size integer NOT NULL DEFAULT 1)"
ADD = Statement("items.add", "INSERT INTO items (id) VALUES (%(id)s)", params={"id": int})
COUNT = Statement("items.count", "SELECT count(*) FROM items")
ALL = Statement("items.all", "SELECT * FROM items ORDER BY id")
BACKEND = Statement("backend.pid", "SELECT pg_backend_pid()")
NAP = Statement("test.nap", "SELECT pg_sleep(30)")
TENANT = Statement("tenant.get", "SELECT coalesce(current_setting('app.tenant', true), '')")


async def test_propagation_says_what_a_unit_does_in_another(via: Via, observer: psycopg.Connection) -> None:
    observer.execute(ITEMS)
    async with await Database.open(via.url, via.settings()) as pool:
        units = UnitOfWork(pool)

        async def add(tx: Transaction) -> Transaction:
            count = await pool.querier().scalar(COUNT)
            await tx.execute(ADD, id=count)
            return tx

        async def add_apart(tx: Transaction) -> Transaction:
            assert await pool.querier().scalar(COUNT) == 0
            await tx.execute(ADD, id=100)
            return tx

        async def outer(tx: Transaction) -> None:
            assert await units.execute(add) is tx
            assert await units.execute(add, propagation=Propagation.MANDATORY) is tx
            assert await units.execute(add, propagation=Propagation.NESTED) is tx
            async with units.begin() as joined:
                assert joined is tx
            assert await units.execute(add_apart, propagation=Propagation.REQUIRES_NEW) is not tx
            with pytest.raises(TransactionNotAllowed):
                await units.execute(add, propagation=Propagation.NEVER)
            raise ValueError

        with pytest.raises(TransactionRequired):
            await units.execute(add, propagation=Propagation.MANDATORY)
        with pytest.raises(ValueError, match=r"^$"):
            await units.execute(outer)
        assert await pool.querier().scalar(COUNT) == 1
        async with units.begin() as begun:
            await begun.execute(ADD, id=7)

        async def each_by_itself(tx: Transaction) -> None:
            await tx.execute(ADD, id=8)
            raise ValueError

        with pytest.raises(ValueError, match=r"^$"):
            await units.execute(each_by_itself, propagation=Propagation.NEVER)
        assert await pool.querier().scalar(COUNT) == 3


async def test_a_nested_unit_that_fails_undoes_only_its_own_and_drops_its_hooks(
    via: Via, observer: psycopg.Connection
) -> None:
    observer.execute(ITEMS)
    done: list[str] = []

    async def hook() -> None:
        done.append("after commit")

    async with await Database.open(via.url, via.settings()) as pool:
        units = UnitOfWork(pool)

        async def fails(tx: Transaction) -> None:
            tx.after_commit(hook)
            await tx.execute(ADD, id=2)
            await tx.execute(ADD, id=2)

        async def swallows(tx: Transaction) -> None:
            tx.after_commit(hook)
            await tx.execute(ADD, id=2)
            with pytest.raises(UniqueViolation):
                await tx.execute(ADD, id=2)

        async def outer(tx: Transaction) -> None:
            await tx.execute(ADD, id=1)
            with pytest.raises(UniqueViolation):
                await units.execute(fails, propagation=Propagation.NESTED)
            with pytest.raises(TransactionRolledBack):
                await units.execute(swallows, propagation=Propagation.NESTED)
            await tx.execute(ADD, id=3)

        await units.execute(outer)
        assert [row[0] for row in await pool.querier().many(ALL)] == [1, 3]
        assert done == []


async def test_a_joined_unit_that_fails_fails_the_whole_whoever_swallows_it(
    via: Via, observer: psycopg.Connection
) -> None:
    observer.execute(ITEMS)
    async with await Database.open(via.url, via.settings()) as pool:
        units = UnitOfWork(pool)

        async def inner(tx: Transaction) -> None:
            await tx.execute(ADD, id=2)
            raise ValueError

        async def outer(tx: Transaction) -> None:
            await tx.execute(ADD, id=1)
            with pytest.raises(ValueError, match=r"^$"):
                await units.execute(inner)

        with pytest.raises(TransactionRolledBack):
            await units.execute(outer)
        assert await pool.querier().scalar(COUNT) == 0


async def test_a_unit_does_not_join_one_that_gives_less_than_it_asks_for(via: Via) -> None:
    async with await Database.open(via.url, via.settings()) as pool:
        units = UnitOfWork(pool)

        async def inner(tx: Transaction) -> str:
            return str(await tx.scalar(TENANT))

        async def outer(tx: Transaction) -> None:
            with pytest.raises(IncompatibleJoin, match="isolation"):
                await units.execute(inner, isolation=Isolation.SERIALIZABLE)
            with pytest.raises(IncompatibleJoin, match="read_only"):
                await units.execute(inner, read_only=True, propagation=Propagation.NESTED)
            with pytest.raises(IncompatibleJoin, match=r"app\.tenant") as failed:
                await units.execute(inner, settings={"app.tenant": "secret"})
            assert "secret" not in str(failed.value)
            with pytest.raises(IncompatibleJoin, match="lock_timeout_s"):
                await units.execute(inner, lock_timeout_s=1)
            assert await units.execute(inner, settings={"app.tenant": "one"}) == "one"

        await units.execute(outer, settings={"app.tenant": "one"})


async def test_a_time_limit_holds_for_a_unit_that_joins(via: Via, observer: psycopg.Connection) -> None:
    async with await Database.open(via.url, via.settings()) as pool:
        units = UnitOfWork(pool)

        async def inner(tx: Transaction) -> None:
            await tx.execute(NAP)

        async def outer(tx: Transaction) -> None:
            await units.execute(inner, timeout_s=0.1)

        with pytest.raises(UnitTimeout, match=r"not done within 0\.1 s"):
            await units.execute(outer)
        with pytest.raises(UnitTimeout):
            await units.execute(inner, timeout_s=0.1)
        assert pool.statistics().held == 0


async def test_no_lock_limit_is_no_limit(via: Via) -> None:
    limit = Statement("lock.limit", "SHOW lock_timeout")
    async with await Database.open(via.url, via.settings(lock_timeout_s=7)) as pool:
        units = UnitOfWork(pool)
        assert await units.execute(lambda tx: tx.scalar(limit)) == "7s"
        assert await units.execute(lambda tx: tx.scalar(limit), lock_timeout_s=0) == "0"
        assert await units.execute(lambda tx: tx.scalar(limit), lock_timeout_s=0.5) == "500ms"


async def test_required_settings_keep_statements_without_a_tenant_out(via: Via) -> None:
    async with await Database.open(via.url, via.settings(required_settings=("app.tenant",))) as pool:
        units = UnitOfWork(pool)
        with pytest.raises(TransactionRequired):
            await pool.querier().scalar(TENANT)
        with pytest.raises(TransactionRequired, match=r"app\.tenant"):
            await units.execute(lambda tx: tx.scalar(TENANT))
        with pytest.raises(TransactionRequired):
            async with units.begin():
                raise AssertionError
        assert await units.execute(lambda tx: tx.scalar(TENANT), settings={"app.tenant": "one"}) == "one"


async def test_a_result_that_was_not_expected_says_whether_the_work_stays(
    via: Via, observer: psycopg.Connection
) -> None:
    observer.execute(ITEMS)
    add = Statement("items.fill", "INSERT INTO items SELECT generate_series(1, 3)")
    async with await Database.open(via.url, via.settings()) as pool:
        with pytest.raises(UnexpectedRowCount) as outside:
            await pool.querier().execute(add, expect_rows=1)
        assert outside.value.outcome is Outcome.COMMITTED
        with pytest.raises(NotFound) as inside:
            await UnitOfWork(pool).execute(
                lambda tx: tx.execute(Statement("items.clear", "DELETE FROM items WHERE id < 0"), expect_rows=1)
            )
        assert inside.value.outcome is Outcome.ROLLED_BACK


@pytest.mark.parametrize("nth", range(1, 5))
@pytest.mark.parametrize("how", list(Cut))
async def test_a_connection_cut_at_any_statement_costs_one_more_attempt(
    via: Via, observer: psycopg.Connection, nth: int, how: Cut
) -> None:
    observer.execute(ITEMS)
    with FaultWire(via.url) as wire:
        async with await Database.open(wire.url, via.settings(max_size=1)) as pool:

            async def unit(tx: Transaction) -> None:
                await tx.execute(ADD, id=1)
                await tx.execute(ADD, id=2)
                await tx.scalar(COUNT)

            receipt = Receipt()
            wire.cut(how, "", nth=nth)
            await UnitOfWork(pool).execute(unit, retry=RetryPolicy(), receipt=receipt)
            assert (receipt.attempts, receipt.outcome, wire.faults) == (2, Outcome.COMMITTED, 1)
            assert await pool.querier().scalar(COUNT) == 2
            assert (pool.statistics().held, pool.statistics().size) == (0, 1)


@pytest.mark.parametrize("at", range(4))
async def test_a_backend_terminated_between_statements_costs_one_more_attempt(
    via: Via, observer: psycopg.Connection, at: int
) -> None:
    observer.execute(ITEMS)
    ends: list[int] = []
    async with await Database.open(via.url, via.settings(max_size=1)) as pool:

        async def unit(tx: Transaction) -> None:
            for number in range(4):
                if number == at and not ends:
                    ends.append(number)
                    await terminate(observer)
                if number < 3:
                    await tx.execute(ADD, id=number)

        receipt = Receipt()
        await UnitOfWork(pool).execute(unit, retry=RetryPolicy(), receipt=receipt)
        assert (receipt.attempts, receipt.outcome) == (2, Outcome.COMMITTED)
        assert await pool.querier().scalar(COUNT) == 3
        assert (pool.statistics().held, pool.statistics().size) == (0, 1)
        ends.clear()
        observer.execute("TRUNCATE items")
        with pytest.raises(ConnectionLost) as failed:
            await UnitOfWork(pool).execute(unit, receipt=receipt)
        assert failed.value.outcome is receipt.outcome is Outcome.ROLLED_BACK


async def terminate(observer: psycopg.Connection) -> None:
    """Terminate all other backends of the database, and wait until they are gone."""
    others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    # Only when they have ended are their sockets closed: pg_stat_activity forgets them a little earlier.
    if observer.info.server_version >= 140000:
        observer.execute(f"SELECT pg_terminate_backend(pid, 10000) {others}")
    else:
        ended = [row[0] for row in observer.execute(f"SELECT pid, pg_terminate_backend(pid) {others}")]
        until(lambda: not any(map(is_alive, ended)), "the backends have ended")
    assert observer.execute(f"SELECT 1 {others}").fetchone() is None


async def test_a_server_that_restarts_in_the_middle_costs_no_call_that_may_be_repeated() -> None:
    with throwaway_server() as server, psycopg.connect(server.url, autocommit=True) as observer:
        observer.execute(ITEMS)
        with FaultWire(server.url) as wire:
            async with await Database.open(wire.url, max_size=4, acquire_timeout_s=10) as pool:
                units = UnitOfWork(pool)
                await units.execute(lambda tx: tx.execute(ADD, id=-1))
                wire.refuse()
                wire.cut_all()

                async def call() -> None:
                    await units.execute(lambda tx: tx.scalar(COUNT), retry=RetryPolicy(budget_s=20))

                async def recover() -> None:
                    while pool.statistics().waiting < 1:
                        await pause(observer)
                    wire.mend()

                assert await together(call, call, call, recover) == [None] * 4
                assert await pool.querier().scalar(COUNT) == 1
                assert pool.statistics().held == 0


@pytest.mark.parametrize("shutdown", [signal.SIGINT, signal.SIGQUIT], ids=["fast", "immediate"])
async def test_a_server_that_was_shut_down_and_started_again_finds_the_pool_whole(
    project: Path, serve: Serve, shutdown: signal.Signals
) -> None:
    server = serve(project)
    url = server.start().url
    with psycopg.connect(url, autocommit=True) as observer:
        observer.execute(ITEMS)
    runs: list[int] = []
    async with await Database.open(url, min_size=4, max_size=4, acquire_timeout_s=20) as pool:
        units = UnitOfWork(pool)
        before = await backends(pool, 4)

        async def unit(tx: Transaction) -> None:
            runs.append(1)
            await tx.execute(ADD, id=len(runs))
            if len(runs) != 2:
                restart(server, shutdown)
            await tx.scalar(COUNT)

        async def nap() -> None:
            await pool.querier().execute(NAP)

        async def restart_under_it() -> None:
            with psycopg.connect(url, autocommit=True) as observer:
                asleep = "SELECT FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND state = 'active'"
                while not observer.execute(asleep).fetchall():
                    await pool.querier().scalar(COUNT)
            restart(server, shutdown)

        receipt = Receipt()
        await units.execute(unit, retry=RetryPolicy(), receipt=receipt)
        assert (receipt.attempts, receipt.outcome) == (2, Outcome.COMMITTED)
        between = await backends(pool, 4)
        assert before.isdisjoint(between)
        with pytest.raises(ConnectionLost) as failed:
            await units.execute(unit, receipt=receipt)
        assert failed.value.outcome is receipt.outcome is Outcome.ROLLED_BACK
        assert between.isdisjoint(await backends(pool, 4))
        lost, restarted = await together(nap, restart_under_it)
        assert restarted is None
        assert isinstance(lost, ConnectionLost)
        assert lost.outcome is Outcome.UNKNOWN
        assert len(await backends(pool, 4)) == 4
        assert [row[0] for row in await pool.querier().many(ALL)] == [2]
        assert (pool.statistics().held, pool.statistics().size) == (0, 4)


def restart(server: EmbeddedServer, shutdown: signal.Signals) -> None:
    """Shut a server down, and start it again where it was."""
    before = server.start()
    os.kill(before.pid, shutdown)
    until(lambda: not server.status().running, "the server is down")
    after = server.start()
    assert (after.url, after.started) == (before.url, True)


async def backends(pool: Database, size: int) -> set[int]:
    """Ask each connection of a pool for its backend: none is to fail."""
    meeting = Meeting(size)

    async def ask(tx: Transaction) -> int:
        await meeting.wait()
        return int(await tx.scalar(BACKEND))

    async def unit() -> int:
        return await UnitOfWork(pool).execute(ask)

    found = await together(*[unit] * size)
    assert not [end for end in found if isinstance(end, BaseException)], found
    return {end for end in found if isinstance(end, int)}


async def test_a_server_without_an_extension_is_told_as_a_schema_that_does_not_fit(
    via: Via, observer: psycopg.Connection
) -> None:
    observer.execute(ITEMS)
    crypt = Statement("users.crypt", "SELECT crypt('a', gen_salt('bf'))")
    cube = Statement("users.cube", "SELECT NULL::cube")
    async with await Database.open(via.url, via.settings(max_size=1)) as pool:
        for needs in (crypt, cube):

            async def unit(tx: Transaction, needs: Statement[tuple[object, ...]] = needs) -> None:
                await tx.execute(ADD, id=1)
                await tx.scalar(needs)

            with pytest.raises(SchemaMismatch, match="does not exist"):
                await pool.querier().scalar(needs)
            with pytest.raises(SchemaMismatch) as failed:
                await UnitOfWork(pool).execute(unit, retry=RetryPolicy())
            assert failed.value.outcome is Outcome.ROLLED_BACK
        with pytest.raises(DBError, match="extension") as absent:
            await pool.querier().execute(Statement("extension.make", "CREATE EXTENSION no_such_extension"))
        assert absent.value.outcome is not Outcome.COMMITTED
        assert await pool.querier().scalar(COUNT) == 0
        assert (pool.statistics().held, pool.statistics().size) == (0, 1)


async def pause(observer: psycopg.Connection) -> None:
    """Let the others go on for a moment."""
    meeting = Meeting(1)
    observer.execute("SELECT pg_sleep(0.001)")
    await meeting.wait()


async def test_a_statement_that_outlives_its_time_out_has_its_own_error(via: Via, observer: psycopg.Connection) -> None:
    observer.execute(ITEMS)
    async with await Database.open(via.url, via.settings(statement_timeout_s=0.1, max_size=1)) as pool:
        if via.is_direct:  # a pooler's session is set in a unit of work only
            with pytest.raises(StatementTimeout):
                await pool.querier().execute(NAP)

        async def unit(tx: Transaction) -> None:
            await tx.execute(ADD, id=1)
            await tx.execute(NAP)

        with pytest.raises(StatementTimeout) as failed:
            await UnitOfWork(pool).execute(unit)
        assert failed.value.is_timeout()
        assert await pool.querier().scalar(COUNT) == 0
        assert (pool.statistics().held, pool.statistics().size) == (0, 1)


@pytest.mark.parametrize(
    ("wrong", "kind"),
    [
        ("postgres://nobody:secret@127.0.0.1:1/app", ConnectionFailed),
        ("host=127.0.0.1 user=nobody dbname=absent password=secret", ConnectionFailed),
        ("postgres://user:secret@127.0.0.1:port/app", ConnectionFailed),
    ],
)
async def test_a_wrong_url_has_its_error_and_no_password_is_told(wrong: str, kind: type[DBError]) -> None:
    with pytest.raises(kind) as failed:
        async with await Database.open(wrong, acquire_timeout_s=0.3) as pool:
            await pool.querier().scalar(COUNT)
    assert "secret" not in str(failed.value) + failed.value.remedy


async def test_a_wrong_user_or_database_is_told_as_what_it_is(database: str) -> None:
    for changes, kind in (({"user": "nobody"}, AuthenticationFailed), ({"dbname": "absent"}, InvalidCatalog)):
        async with await Database.open(
            psycopg.conninfo.make_conninfo(database, **changes), acquire_timeout_s=0.3
        ) as pool:
            with pytest.raises(kind):
                await pool.querier().scalar(COUNT)


async def test_too_many_connections_is_told_as_what_it_is() -> None:
    settings = {"max_connections": "8", "superuser_reserved_connections": "0", "max_wal_senders": "0"}
    with throwaway_server(settings=settings) as server, filled(server.url):
        async with await Database.open(server.url, acquire_timeout_s=0.5) as pool:
            with pytest.raises(TooManyConnections):
                await pool.querier().scalar(TENANT)


@contextmanager
def filled(url: str) -> Iterator[None]:
    """Take all connections of a server for the body."""
    taken = []
    try:
        while True:
            try:
                taken.append(psycopg.connect(url))
            except psycopg.OperationalError:
                break
        yield
    finally:
        for connection in taken:
            connection.close()


async def test_a_pool_that_is_closed_says_so(via: Via) -> None:
    pool = await Database.open(via.url, via.settings(max_idle_s=0, max_age_s=0))
    assert await pool.querier().scalar(TENANT) == ""
    await pool.close()
    with pytest.raises(PoolClosed):
        await pool.querier().scalar(TENANT)


async def test_more_waiting_calls_than_allowed_are_refused_at_once(via: Via) -> None:
    async with await Database.open(via.url, via.settings(max_size=1, max_waiting=1, acquire_timeout_s=0.3)) as pool:
        async with pool.lease("report"):

            async def call() -> None:
                await pool.querier().scalar(TENANT)

            ends = await together(*[call] * 5)
        assert all(isinstance(end, PoolExhausted) for end in ends)
        assert sum(end.waited_s < 0.2 for end in ends if isinstance(end, PoolExhausted)) >= 3


async def test_bad_input_leaves_the_transaction_usable(via: Via, observer: psycopg.Connection) -> None:
    observer.execute("CREATE TABLE names (name varchar(5))")
    add = Statement("names.add", "INSERT INTO names VALUES (%(name)s)", params={"name": str})
    async with await Database.open(via.url, via.settings()) as pool:
        units = UnitOfWork(pool)

        async def unit(tx: Transaction) -> None:
            with pytest.raises(DBError) as failed:
                await tx.execute(add, name="a\0b")
            assert failed.value.outcome is Outcome.NOT_STARTED
            await tx.execute(add, name="ab")

        await units.execute(unit)
        assert await pool.querier().scalar(Statement("names.count", "SELECT count(*) FROM names")) == 1


@pytest.mark.parametrize(
    "changes",
    [
        ["ALTER TABLE items ADD extra{n} text"],
        ["CREATE INDEX ON items (size)", "ALTER TABLE items ALTER size TYPE bigint, ADD extra{n} int"],
    ],
)
async def test_columns_added_under_a_star_beside_ten_who_read_fail_nobody(
    via: Via, observer: psycopg.Connection, changes: list[str]
) -> None:
    observer.execute(ITEMS)
    observer.execute("INSERT INTO items VALUES (1)")
    times = 15 if via.is_direct else 5  # where nothing is prepared nothing becomes stale
    async with await Database.open(via.url, via.settings(min_size=10, max_size=10, prepare_after=0)) as pool:
        await beside(pool, [text.format(n=n) for n in range(times) for text in changes], ALL)
        assert (pool.statistics().plans_healed > 0) is via.is_direct


INDEXES = [
    "CREATE INDEX items_size ON items (size)",
    "REINDEX INDEX CONCURRENTLY items_size",
    "CREATE INDEX CONCURRENTLY items_size_again ON items (size)",
    "DROP INDEX items_size",
    "REINDEX TABLE CONCURRENTLY items",
    "DROP INDEX CONCURRENTLY items_size_again",
]


async def test_index_builds_beside_ten_who_read_fail_nobody(via: Via, observer: psycopg.Connection) -> None:
    observer.execute(ITEMS)
    observer.execute("INSERT INTO items SELECT n, n FROM generate_series(1, 2000) AS n")
    observer.execute("ANALYZE items")
    read = Statement("items.sized", "SELECT id FROM items WHERE size = 7")
    async with await Database.open(via.url, via.settings(min_size=10, max_size=10, prepare_after=0)) as pool:
        await beside(pool, INDEXES * (2 if via.is_direct else 1), read)


class Mood(Enum):
    HAPPY = "happy"
    SAD = "sad"


@pytest.mark.parametrize("prepare_after", [0, 5])
async def test_an_enum_recreated_beside_ten_who_read_fails_nobody(
    via: Via, observer: psycopg.Connection, prepare_after: int
) -> None:
    observer.execute("CREATE TYPE mood AS ENUM ('happy', 'sad')")
    observer.execute("CREATE TABLE items (id bigint PRIMARY KEY, mood mood NOT NULL DEFAULT 'happy')")
    observer.execute("INSERT INTO items VALUES (1)")
    read = Statement("items.moody", "SELECT id, mood FROM items WHERE mood = 'happy'")
    recreate = """
        BEGIN;
        ALTER TYPE mood RENAME TO old;
        CREATE TYPE mood AS ENUM ('happy', 'sad', 'tired');
        ALTER TABLE items ALTER mood DROP DEFAULT, ALTER mood TYPE mood USING mood::text::mood;
        DROP TYPE old;
        COMMIT
    """
    types = [EnumType("mood", Mood)]
    async with await Database.open(
        via.url, via.settings(min_size=10, max_size=10, prepare_after=prepare_after), types=types
    ) as pool:
        await beside(pool, [recreate] * 10, read)
        assert await pool.querier().many(read) == [(1, Mood.HAPPY)]


async def beside(pool: Database, changes: list[str], read: Statement[tuple[object, ...]]) -> None:
    """Let ten read, outside and inside of units, while another session changes the schema.

    Nobody is to fail, and each who reads inside is to be run again once at most for each of the changes.
    """
    over: list[int] = []
    made: list[str] = []
    rounds = [0] * 10
    units = UnitOfWork(pool)
    migrator = await pool.connect_apart("migrate", PooledConnection)

    async def outside(reader: int) -> int:
        try:
            while not over:
                assert len(await pool.querier().many(read)) == 1
                rounds[reader] += 1
        finally:
            over.append(reader)
        return 0

    async def inside(reader: int) -> int:
        retries: Counter[int] = Counter()

        async def unit(tx: Transaction) -> None:
            await tx.scalar(COUNT)
            await tx.many(read)

        try:
            while not over:
                receipt = Receipt()
                await units.execute(unit, retry=RetryPolicy(), receipt=receipt)
                retries[len(made)] += receipt.attempts - 1
                rounds[reader] += 1
        finally:
            over.append(reader)
        return max(retries.values(), default=0)

    async def migrate() -> int:
        try:
            for text in changes:
                await settle()
                made.append(text)
                await migrator.command(text)
            await settle()
        finally:
            over.append(10)
            await migrator.close()
        return 0

    async def settle() -> None:
        """Let all read until each connection was used again, so that what follows is the next change's doing."""
        enough = [count + 3 for count in rounds]
        while not over and any(count < least for count, least in zip(rounds, enough, strict=True)):
            await pool.querier().scalar(Statement("test.pause", "SELECT 1"))

    readers = [partial(outside, n) for n in range(5)] + [partial(inside, n) for n in range(5, 10)]
    ends = await together(*readers, migrate)
    assert not [end for end in ends if isinstance(end, BaseException)], ends
    assert made == changes
    assert max(end for end in ends if isinstance(end, int)) <= 1


async def test_a_stale_plan_in_a_unit_that_is_not_repeatable_is_typed_and_gone_the_next_time(
    database: str, observer: psycopg.Connection
) -> None:
    observer.execute(ITEMS)
    events: list[Event] = []
    async with await Database.open(database, max_size=1, prepare_after=0, observers=[events.append]) as pool:
        units = UnitOfWork(pool)

        async def later(tx: Transaction) -> None:
            await tx.scalar(COUNT)
            await tx.many(ALL)

        await units.execute(later)
        await units.execute(later)
        observer.execute("ALTER TABLE items ADD extra text")
        with pytest.raises(StalePlan) as failed:
            await units.execute(later)
        assert failed.value.outcome is Outcome.ROLLED_BACK
        await units.execute(later)
        observer.execute("ALTER TABLE items DROP extra")
        await units.execute(lambda tx: tx.many(ALL))
        assert not [event for event in events if isinstance(event, Retried)]


async def test_a_statement_that_ends_the_transaction_is_an_error(via: Via, observer: psycopg.Connection) -> None:
    observer.execute(ITEMS)
    async with await Database.open(via.url, via.settings()) as pool:

        async def commits_by_itself(tx: Transaction) -> None:
            await tx.execute(ADD, id=1)
            await tx.execute(Statement("test.commit", "COMMIT"))
            await tx.execute(ADD, id=2)

        with pytest.raises(TransactionStateError, match="ended the transaction"):
            await UnitOfWork(pool).execute(commits_by_itself)
        assert await pool.querier().scalar(COUNT) == 1


async def test_rows_that_do_not_fit_after_a_statement_that_stays(via: Via, observer: psycopg.Connection) -> None:
    observer.execute(ITEMS)
    wrong = Statement("test.wrong", "INSERT INTO items (id) VALUES (1) RETURNING NULL::int AS id", int)
    async with await Database.open(via.url, via.settings()) as pool:
        with pytest.raises(RowMismatch) as failed:
            await pool.querier().one(wrong)
        assert failed.value.outcome is Outcome.COMMITTED
        assert await pool.querier().scalar(COUNT) == 1
