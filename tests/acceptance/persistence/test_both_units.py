"""What does a unit of work do inside another one, when its server goes away, and when a migration runs beside it?"""

from __future__ import annotations

from contextlib import contextmanager
from enum import Enum
from typing import TYPE_CHECKING

import psycopg
import pytest
from crew import Meeting, together

from whimbrel.persistence import (
    ConnectionFailed,
    ConnectionLost,
    Database,
    DBError,
    EnumType,
    Isolation,
    NotFound,
    Outcome,
    PoolClosed,
    PoolExhausted,
    Propagation,
    Receipt,
    RetryPolicy,
    Statement,
    Transaction,
    TransactionRolledBack,
    TypeRegistry,
    UnitOfWork,
)
from whimbrel.persistence.errors import (
    AuthenticationFailed,
    IncompatibleJoin,
    InvalidCatalog,
    RowMismatch,
    StalePlan,
    StatementTimeout,
    TooManyConnections,
    TransactionNotAllowed,
    TransactionRequired,
    TransactionStateError,
    UnexpectedRowCount,
    UniqueViolation,
    UnitTimeout,
)
from whimbrel.persistence.events import Event, Retried
from whimbrel.persistence.fault_wire import Cut, FaultWire
from whimbrel.persistence.pool import PooledConnection
from whimbrel.shadow.throwaway import throwaway_server

if TYPE_CHECKING:
    from collections.abc import Iterator

ITEMS = "CREATE TABLE items (id bigint PRIMARY KEY, size integer NOT NULL DEFAULT 1)"
ADD = Statement("items.add", "INSERT INTO items (id) VALUES (%(id)s)", params={"id": int})
COUNT = Statement("items.count", "SELECT count(*) FROM items")
ALL = Statement("items.all", "SELECT * FROM items ORDER BY id")
NAP = Statement("test.nap", "SELECT pg_sleep(30)")
TENANT = Statement("tenant.get", "SELECT coalesce(current_setting('app.tenant', true), '')")


async def test_propagation_says_what_a_unit_does_in_another(database: str, observer: psycopg.Connection) -> None:
    observer.execute(ITEMS)
    async with await Database.open(database) as pool:
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
    database: str, observer: psycopg.Connection
) -> None:
    observer.execute(ITEMS)
    done: list[str] = []

    async def hook() -> None:
        done.append("after commit")

    async with await Database.open(database) as pool:
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
    database: str, observer: psycopg.Connection
) -> None:
    observer.execute(ITEMS)
    async with await Database.open(database) as pool:
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


async def test_a_unit_does_not_join_one_that_gives_less_than_it_asks_for(database: str) -> None:
    async with await Database.open(database) as pool:
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


async def test_a_time_limit_holds_for_a_unit_that_joins(database: str, observer: psycopg.Connection) -> None:
    async with await Database.open(database) as pool:
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


async def test_no_lock_limit_is_no_limit(database: str) -> None:
    limit = Statement("lock.limit", "SHOW lock_timeout")
    async with await Database.open(database, lock_timeout_s=7) as pool:
        units = UnitOfWork(pool)
        assert await units.execute(lambda tx: tx.scalar(limit)) == "7s"
        assert await units.execute(lambda tx: tx.scalar(limit), lock_timeout_s=0) == "0"
        assert await units.execute(lambda tx: tx.scalar(limit), lock_timeout_s=0.5) == "500ms"


async def test_required_settings_keep_statements_without_a_tenant_out(database: str) -> None:
    async with await Database.open(database, required_settings=("app.tenant",)) as pool:
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
    database: str, observer: psycopg.Connection
) -> None:
    observer.execute(ITEMS)
    add = Statement("items.fill", "INSERT INTO items SELECT generate_series(1, 3)")
    async with await Database.open(database) as pool:
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
    database: str, observer: psycopg.Connection, nth: int, how: Cut
) -> None:
    observer.execute(ITEMS)
    with FaultWire(database) as wire:
        async with await Database.open(wire.url, max_size=1) as pool:

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
    database: str, observer: psycopg.Connection, at: int
) -> None:
    observer.execute(ITEMS)
    ends: list[int] = []
    async with await Database.open(database, max_size=1) as pool:

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
    observer.execute(f"SELECT pg_terminate_backend(pid, 10000) {others}")
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


async def pause(observer: psycopg.Connection) -> None:
    """Let the others go on for a moment."""
    meeting = Meeting(1)
    observer.execute("SELECT pg_sleep(0.001)")
    await meeting.wait()


async def test_a_statement_that_outlives_its_time_out_has_its_own_error(
    database: str, observer: psycopg.Connection
) -> None:
    observer.execute(ITEMS)
    async with await Database.open(database, statement_timeout_s=0.1, max_size=1) as pool:
        with pytest.raises(StatementTimeout) as failed:
            await pool.querier().execute(NAP)
        assert failed.value.is_timeout()

        async def unit(tx: Transaction) -> None:
            await tx.execute(ADD, id=1)
            await tx.execute(NAP)

        with pytest.raises(StatementTimeout):
            await UnitOfWork(pool).execute(unit)
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


async def test_a_pool_that_is_closed_says_so(database: str) -> None:
    pool = await Database.open(database, max_idle_s=0, max_age_s=0)
    assert await pool.querier().scalar(TENANT) == ""
    await pool.close()
    with pytest.raises(PoolClosed):
        await pool.querier().scalar(TENANT)


async def test_more_waiting_calls_than_allowed_are_refused_at_once(database: str) -> None:
    async with await Database.open(database, max_size=1, max_waiting=1, acquire_timeout_s=0.3) as pool:
        async with pool.lease("report"):

            async def call() -> None:
                await pool.querier().scalar(TENANT)

            ends = await together(*[call] * 5)
        assert all(isinstance(end, PoolExhausted) for end in ends)
        assert sum(end.waited_s < 0.2 for end in ends if isinstance(end, PoolExhausted)) >= 3


async def test_bad_input_leaves_the_transaction_usable(database: str, observer: psycopg.Connection) -> None:
    observer.execute("CREATE TABLE names (name varchar(5))")
    add = Statement("names.add", "INSERT INTO names VALUES (%(name)s)", params={"name": str})
    async with await Database.open(database) as pool:
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
    database: str, observer: psycopg.Connection, changes: list[str]
) -> None:
    observer.execute(ITEMS)
    observer.execute("INSERT INTO items VALUES (1)")
    async with await Database.open(database, min_size=10, max_size=10, prepare_after=0) as pool:
        await beside(pool, [text.format(n=n) for n in range(15) for text in changes], ALL)
        assert pool.statistics().plans_healed > 0


class Mood(Enum):
    HAPPY = "happy"
    SAD = "sad"


@pytest.mark.parametrize("prepare_after", [0, 5])
async def test_an_enum_recreated_beside_ten_who_read_fails_nobody(
    database: str, observer: psycopg.Connection, prepare_after: int
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
    types = TypeRegistry([EnumType("mood", Mood)])
    async with await Database.open(
        database, min_size=10, max_size=10, prepare_after=prepare_after, types=types
    ) as pool:
        await beside(pool, [recreate] * 10, read)
        assert await pool.querier().many(read) == [(1, Mood.HAPPY)]


async def beside(pool: Database, changes: list[str], read: Statement[tuple[object, ...]]) -> None:
    """Let ten read, outside and inside of units, while another session changes the schema; nobody is to fail."""
    over: list[int] = []
    units = UnitOfWork(pool)
    migrator = await pool.connect_apart("migrate", PooledConnection)

    async def outside() -> int:
        while not over:
            assert len(await pool.querier().many(read)) == 1
        return 0

    async def inside() -> int:
        retries = 0
        while not over:

            async def unit(tx: Transaction) -> None:
                await tx.scalar(COUNT)
                await tx.many(read)

            receipt = Receipt()
            await units.execute(unit, retry=RetryPolicy(), receipt=receipt)
            retries += receipt.attempts - 1
        return retries

    async def migrate() -> int:
        try:
            for text in changes:
                for _ in range(30):
                    await pool.querier().scalar(Statement("test.pause", "SELECT 1"))
                await migrator.command(text)
        finally:
            over.append(1)
            await migrator.close()
        return 0

    ends = await together(*[outside] * 5, *[inside] * 5, migrate)
    assert not [end for end in ends if isinstance(end, BaseException)], ends
    assert max(end for end in ends if isinstance(end, int)) <= len(changes)


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


async def test_a_statement_that_ends_the_transaction_is_an_error(database: str, observer: psycopg.Connection) -> None:
    observer.execute(ITEMS)
    async with await Database.open(database) as pool:

        async def commits_by_itself(tx: Transaction) -> None:
            await tx.execute(ADD, id=1)
            await tx.execute(Statement("test.commit", "COMMIT"))
            await tx.execute(ADD, id=2)

        with pytest.raises(TransactionStateError, match="ended the transaction"):
            await UnitOfWork(pool).execute(commits_by_itself)
        assert await pool.querier().scalar(COUNT) == 1


async def test_rows_that_do_not_fit_after_a_statement_that_stays(database: str, observer: psycopg.Connection) -> None:
    observer.execute(ITEMS)
    wrong = Statement("test.wrong", "INSERT INTO items (id) VALUES (1) RETURNING NULL::int AS id", int)
    async with await Database.open(database) as pool:
        with pytest.raises(RowMismatch) as failed:
            await pool.querier().one(wrong)
        assert failed.value.outcome is Outcome.COMMITTED
        assert await pool.querier().scalar(COUNT) == 1
