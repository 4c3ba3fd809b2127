# Written by tools/generate_sync.py from test_both_promises.py: change that one.
"""Does the toolkit keep what others break? The acceptance tests that threads and threads share, each by its name."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import psycopg
import pytest
from crew_of_threads import Meeting, together
from fault_proxy import Fault, FaultProxy, When

from whimbrel.persistence.errors import (
    CommitOutcomeUnknown,
    ForeignKeyViolation,
    PoolExhausted,
    TransactionRolledBack,
    UniqueViolation,
)
from whimbrel.persistence.events import Event, PlanHealed, Retried
from whimbrel.persistence.options import Isolation
from whimbrel.persistence.sync import (
    ConstraintMap,
    CursorCodec,
    Database,
    DBError,
    KeysetPages,
    Nulls,
    OffsetPages,
    Order,
    Outcome,
    Propagation,
    Query,
    Receipt,
    RetryPolicy,
    Statement,
    Transaction,
    UnitOfWork,
    Upsert,
    asc,
    desc,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from fix_pgbouncer import Via

    from whimbrel.persistence.fragment import Key

ADD = Statement("items.add", "INSERT INTO items (id) VALUES (%(id)s)", params={"id": int})
COUNT = Statement("items.count", "SELECT count(*) FROM items")
LIST = Statement("items.list", "SELECT id, size FROM items ORDER BY id")
BACKEND = Statement("backend.pid", "SELECT pg_backend_pid()")

ITEMS = "CREATE TABLE items (id bigint PRIMARY KEY, size integer NOT NULL DEFAULT 1)"
POINTLESS = """
    CREATE TABLE owners (id bigint PRIMARY KEY);
    CREATE TABLE things (owner bigint REFERENCES owners DEFERRABLE INITIALLY DEFERRED)
"""
SLOW_COMMIT = """
    CREATE FUNCTION linger() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60); RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER linger AFTER INSERT ON items DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION linger()
"""


def test_a_swallowed_error_and_then_commit_raises(via: Via, observer: psycopg.Connection) -> None:
    observer.execute(ITEMS)
    with Database.open(via.url, via.settings()) as pool:

        def swallow(tx: Transaction) -> None:
            tx.execute(ADD, id=1)
            with suppress(UniqueViolation):
                tx.execute(ADD, id=1)

        receipt = Receipt()
        with pytest.raises(TransactionRolledBack, match="an error was swallowed") as failed:
            UnitOfWork(pool).execute(swallow, receipt=receipt)
        assert isinstance(failed.value.__cause__, UniqueViolation)
        assert receipt.outcome is Outcome.ROLLED_BACK
        assert pool.querier().scalar(COUNT) == 0


def test_a_commit_that_the_server_answers_by_rollback_raises(via: Via, observer: psycopg.Connection) -> None:
    """Also where the error went past the toolkit, on the driver's connection."""
    observer.execute(ITEMS)
    with Database.open(via.url, via.settings()) as pool:

        def swallow(tx: Transaction) -> None:
            tx.execute(ADD, id=1)
            with tx.connection("raw") as connection:
                with suppress(psycopg.Error):
                    connection.execute("SELECT 1/0")

        with pytest.raises(TransactionRolledBack):
            UnitOfWork(pool).execute(swallow)
        assert pool.querier().scalar(COUNT) == 0


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE items ALTER size TYPE bigint",
        "ALTER TABLE items ALTER size TYPE numeric",
        "ALTER TABLE items ALTER size DROP NOT NULL; ALTER TABLE items ALTER size TYPE text",
    ],
)
def test_a_type_changed_by_another_session_fails_nothing_outside_and_retries_a_unit_once_at_most(
    via: Via, observer: psycopg.Connection, change: str
) -> None:
    observer.execute(ITEMS)
    observer.execute("INSERT INTO items SELECT generate_series(1, 3)")
    events: list[Event] = []
    settings = via.settings(min_size=10, max_size=10, prepare_after=0)
    with Database.open(via.url, settings, observers=[events.append]) as pool:
        warm(pool, 10)

        def read_outside() -> int:
            for _ in range(20):
                assert len(pool.querier().many(LIST)) == 3
            return 0

        def read_first(tx: Transaction) -> None:
            assert len(tx.many(LIST)) == 3

        def read_later(tx: Transaction) -> None:
            assert tx.scalar(COUNT) == 3
            assert len(tx.many(LIST)) == 3

        def read_inside() -> int:
            most = 0
            for fn in (read_first, read_later) * 10:
                receipt = Receipt()
                UnitOfWork(pool).execute(fn, retry=RetryPolicy(), receipt=receipt)
                most = max(most, receipt.attempts - 1)
            return most

        observer.execute(change)
        retries = together(*[read_outside] * 5, *[read_inside] * 5)
        assert set(retries) <= {0, 1}, retries
        assert any(isinstance(event, PlanHealed) for event in events) is via.is_direct
        assert all(event.unit.endswith("read_later") for event in events if isinstance(event, Retried))


def warm(pool: Database, size: int) -> None:
    """Let each connection of a pool prepare the statements."""
    meeting = Meeting(size)

    def use(tx: Transaction) -> None:
        meeting.wait()
        tx.scalar(COUNT)
        tx.many(LIST)

    def unit() -> None:
        UnitOfWork(pool).execute(use)

    assert together(*[unit] * size) == [None] * size


@pytest.mark.parametrize(
    ("when", "outcome"),
    [(When.BEFORE, Outcome.ROLLED_BACK), (When.AFTER, Outcome.COMMITTED), (When.DURING, None)],
)
def test_a_connection_cut_in_commit_is_resolved_by_its_transaction_id(
    via: Via, observer: psycopg.Connection, when: When, outcome: Outcome | None
) -> None:
    observer.execute(ITEMS)
    receipt = Receipt()
    with FaultProxy(via.url, Fault(1, when, "COMMIT")) as proxy:
        with Database.open(proxy.url, via.settings(max_size=1)) as pool:

            def add(tx: Transaction) -> str:
                tx.execute(ADD, id=1)
                return "done"

            try:
                assert UnitOfWork(pool).execute(add, resolve=True, receipt=receipt) == "done"
                assert receipt.outcome is Outcome.COMMITTED
            except TransactionRolledBack:
                assert receipt.outcome is Outcome.ROLLED_BACK
            assert receipt.xid is not None
            assert outcome in {None, receipt.outcome}
            written = observer.execute("SELECT count(*) FROM items").fetchone()
            assert written == (1 if receipt.outcome is Outcome.COMMITTED else 0,)
            assert pool.querier().scalar(COUNT) == written[0]
            assert (pool.statistics().held, pool.statistics().size) == (0, 1)


@pytest.mark.parametrize("when", [When.BEFORE, When.AFTER])
def test_a_connection_cut_in_commit_is_unknown_where_nobody_asked_to_resolve(
    via: Via, observer: psycopg.Connection, when: When
) -> None:
    observer.execute(ITEMS)
    receipt = Receipt()
    with FaultProxy(via.url, Fault(1, when, "COMMIT")) as proxy:
        with Database.open(proxy.url, via.settings()) as pool:
            with pytest.raises(CommitOutcomeUnknown) as failed:
                UnitOfWork(pool).execute(lambda tx: tx.execute(ADD, id=1), retry=RetryPolicy(), receipt=receipt)
            assert failed.value.outcome is receipt.outcome is Outcome.UNKNOWN
            assert receipt.attempts == 1


def test_a_backend_killed_in_commit_is_resolved_by_its_transaction_id(via: Via, observer: psycopg.Connection) -> None:
    observer.execute(ITEMS)
    observer.execute(SLOW_COMMIT)
    with Database.open(via.url, via.settings()) as pool:
        receipt = Receipt()

        def unit() -> None:
            UnitOfWork(pool).execute(lambda tx: tx.execute(ADD, id=1), resolve=True, receipt=receipt)

        def kill() -> None:
            terminate_once(pool, observer, "query = 'COMMIT'")

        failed, killed = together(unit, kill)
        assert killed is None
        assert isinstance(failed, TransactionRolledBack)
        assert receipt.outcome is Outcome.ROLLED_BACK
        assert pool.querier().scalar(COUNT) == 0


def terminate_once(pool: Database, observer: psycopg.Connection, condition: str) -> None:
    """Terminate the other backend of the database for which a condition holds, when it comes to hold."""
    wait = Statement("test.pause", "SELECT pg_sleep(0.005)")
    found = None
    while found is None:
        pool.querier().execute(wait)
        found = observer.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
            f" AND state = 'active' AND pid <> pg_backend_pid() AND {condition}"
        ).fetchone()


def test_a_deferred_constraint_that_fails_at_commit_a_thousand_times_leaves_the_pool_full(
    via: Via, observer: psycopg.Connection
) -> None:
    observer.execute(POINTLESS)
    add = Statement("things.add", "INSERT INTO things VALUES (1)")
    with Database.open(via.url, via.settings(min_size=4, max_size=4)) as pool:
        backends = {row[0] for row in every_backend(pool, 4)}

        def fail() -> None:
            for _ in range(250):
                receipt = Receipt()
                with pytest.raises(ForeignKeyViolation) as failed:
                    UnitOfWork(pool).execute(lambda tx: tx.execute(add), receipt=receipt)
                assert failed.value.outcome is receipt.outcome is Outcome.ROLLED_BACK

        assert together(*[fail] * 4) == [None] * 4
        statistics = pool.statistics()
        assert (statistics.size, statistics.idle, statistics.held) == (4, 4, 0)
        assert {row[0] for row in every_backend(pool, 4)} == backends


def every_backend(pool: Database, size: int) -> list[tuple[int]]:
    """Ask each connection of a pool for its backend."""
    meeting = Meeting(size)

    def ask(tx: Transaction) -> int:
        meeting.wait()
        return int(tx.scalar(BACKEND))

    def unit() -> tuple[int]:
        return (UnitOfWork(pool).execute(ask),)

    return [answer for answer in together(*[unit] * size) if not isinstance(answer, BaseException)]


@pytest.mark.parametrize(
    "text",
    [
        "SELECT set_config('app.tenant', 'one', false)",
        "SET app.tenant = 'one'",
        "/* for support */ -- really\n set session app.tenant = 'one'",
        "DO $$ BEGIN PERFORM set_config('app.tenant', 'one', false); END $$",
    ],
)
def test_a_session_setting_does_not_leak(database: str, text: str) -> None:
    setting = Statement("tenant.get", "SELECT coalesce(current_setting('app.tenant', true), '')")
    change = Statement("tenant.set", text)
    with Database.open(database, max_size=1) as pool:
        pool.querier().execute(change)
        assert pool.querier().scalar(setting) == ""
        UnitOfWork(pool).execute(lambda tx: tx.execute(change))
        assert pool.querier().scalar(setting) == ""
        with pool.lease("support") as connection:
            connection.execute(text)
        assert pool.querier().scalar(setting) == ""
        units = UnitOfWork(pool)
        assert units.execute(lambda tx: tx.scalar(setting), settings={"app.tenant": "it's 1\\"}) == "it's 1\\"
        assert pool.querier().scalar(setting) == ""


def test_a_role_a_lock_and_a_temporary_table_do_not_leak(database: str, observer: psycopg.Connection) -> None:
    with Database.open(database, max_size=1) as pool:
        with pool.lease("support") as connection:
            connection.execute("SET ROLE pg_monitor")
            connection.execute("RESET ROLE")
            connection.execute("SELECT pg_advisory_lock(1)")
            connection.execute("CREATE TEMP TABLE scratch ()")
            connection.execute("SET ROLE pg_monitor")
        role = Statement("who.am_i", "SELECT current_user = session_user")
        assert pool.querier().scalar(role)
        assert pool.querier().scalar(Statement("scratch.find", "SELECT to_regclass('scratch') IS NULL"))
        assert observer.execute("SELECT pg_try_advisory_lock(1)").fetchone() == (True,)


def test_a_nested_acquire_on_a_full_pool_fails_in_time_and_names_the_holders(via: Via) -> None:
    with Database.open(via.url, via.settings(max_size=2, acquire_timeout_s=10)) as pool:
        units = UnitOfWork(pool)
        meeting = Meeting(2)

        def inner(tx: Transaction) -> None:
            tx.scalar(BACKEND)

        def outer(tx: Transaction) -> None:
            meeting.wait()
            units.execute(inner, propagation=Propagation.REQUIRES_NEW, name="inner")

        def unit() -> None:
            units.execute(outer, name="outer")

        first, second = sorted(together(unit, unit), key=str)
        assert first is None or isinstance(first, PoolExhausted)
        exhausted = first or second
        assert isinstance(exhausted, PoolExhausted)
        assert [holder.op for holder in exhausted.holders] == ["outer", "outer"]
        assert exhausted.waited_s < 5
        assert "held by outer in " in str(exhausted)
        assert (pool.statistics().held, pool.statistics().size) == (0, 2)


def test_a_full_pool_fails_in_time_and_names_who_holds_it(via: Via) -> None:
    with Database.open(via.url, via.settings(max_size=1, acquire_timeout_s=0.1)) as pool:
        with pool.lease("report"):
            meeting = Meeting(1)

            def other() -> None:
                meeting.wait()
                pool.querier().scalar(BACKEND)

            (failed,) = together(other)
        assert isinstance(failed, PoolExhausted)
        assert [holder.op for holder in failed.holders] == ["report"]
        assert failed.outcome is Outcome.NOT_STARTED
        assert pool.querier().scalar(BACKEND)


def test_a_page_past_the_end_has_the_right_total(via: Via, observer: psycopg.Connection) -> None:
    observer.execute(ITEMS)
    observer.execute("INSERT INTO items SELECT generate_series(1, 7)")
    query = Query(
        "items.page", columns=("id",), source="items", row=tuple, order={"id": Order(asc("id"))}, unique=("id",)
    )
    pages = OffsetPages(query)
    with Database.open(via.url, via.settings()) as pool:
        for number, ids in ((1, [1, 2, 3]), (3, [7]), (4, []), (1000, [])):
            page = pool.querier().read(pages.page(number, per_page=3))
            assert ([row[0] for row in page.items], page.total) == (ids, 7)


@pytest.mark.parametrize("nulls", [Nulls.FIRST, Nulls.LAST])
@pytest.mark.parametrize("key", [asc, desc])
def test_a_keyset_over_nulls_visits_each_row_once(
    via: Via, observer: psycopg.Connection, nulls: Nulls, key: Callable[..., Key]
) -> None:
    observer.execute("CREATE TABLE posts (id bigint PRIMARY KEY, published timestamptz, rank integer)")
    observer.execute(
        "INSERT INTO posts SELECT n, CASE WHEN n % 3 > 0 THEN to_timestamp(n % 5) END, nullif(n % 4, 0)"
        " FROM generate_series(1, 50) AS n"
    )
    query = Query(
        "posts.feed",
        columns=("id", "rank"),
        source="posts",
        row=tuple,
        order={"rank": Order(key("rank", int, nulls=nulls), asc("id", int))},
        unique=("id",),
    )
    feed, cursors = KeysetPages(query), CursorCodec(b"a key of thirty-two bytes or more")
    with Database.open(via.url, via.settings()) as pool:
        seen: list[int] = []
        cursor = None
        while not seen or cursor is not None:
            found = pool.querier().read(feed.after(cursor, cursors=cursors, limit=3))
            seen += [row[0] for row in found.items]
            cursor = found.next_cursor
            assert len(seen) <= 50
        assert sorted(seen) == list(range(1, 51))


class EmailAlreadyExists(Exception):
    pass


def test_a_duplicate_email_in_an_upsert_is_the_domain_s_error_under_a_server_of_another_language(
    german_database: str,
) -> None:
    with psycopg.connect(german_database, autocommit=True) as other:
        other.execute("CREATE TABLE users (id uuid PRIMARY KEY, email text NOT NULL, deleted_at timestamptz)")
        other.execute("CREATE UNIQUE INDEX users_email_key ON users (lower(email)) WHERE deleted_at IS NULL")
    save = Upsert("users.save", "users", {"id": UUID, "email": str}, key=("id",), update=("email",))
    taken = ConstraintMap({"users_email_key": EmailAlreadyExists})
    with Database.open(german_database) as pool:
        querier = pool.querier()
        statement, values = save.save(id=uuid4(), email="Anna@example.org")
        querier.execute((statement, values))
        statement, values = save.save(id=uuid4(), email="anna@EXAMPLE.org")
        with pytest.raises(UniqueViolation, match="doppelter Schlüsselwert") as failed:
            querier.execute((statement, values))
        assert "example" not in str(failed.value).lower()
        with pytest.raises(EmailAlreadyExists):
            taken.raise_for(failed.value)


def test_opposite_transfers_never_deadlock(via: Via, observer: psycopg.Connection) -> None:
    observer.execute("CREATE TABLE accounts (id bigint PRIMARY KEY, balance bigint NOT NULL)")
    observer.execute("INSERT INTO accounts VALUES (1, 1000), (2, 1000)")
    lock = Statement(
        "accounts.lock",
        "SELECT id FROM accounts WHERE id = ANY(%(ids)s::bigint[]) ORDER BY id FOR NO KEY UPDATE",
        params={"ids": list[int]},
    )
    move = Statement(
        "accounts.move",
        "UPDATE accounts SET balance = balance + %(amount)s WHERE id = %(id)s",
        params={"id": int, "amount": int},
    )
    with Database.open(via.url, via.settings(max_size=8)) as pool:

        def transfers(source: int, target: int) -> None:
            def transfer(tx: Transaction) -> None:
                tx.execute(lock, ids=[source, target], expect_rows=2)
                tx.execute(move, id=source, amount=-1, expect_rows=1)
                tx.execute(move, id=target, amount=1, expect_rows=1)

            for _ in range(25):
                UnitOfWork(pool).execute(transfer)

        def there() -> None:
            transfers(1, 2)

        def back() -> None:
            transfers(2, 1)

        assert together(*[there, back] * 4) == [None] * 8
        assert observer.execute("SELECT balance FROM accounts").fetchall() == [(1000,), (1000,)]


def test_a_retry_runs_the_whole_function_again_and_the_hooks_once(via: Via, observer: psycopg.Connection) -> None:
    observer.execute(ITEMS)
    observer.execute("INSERT INTO items VALUES (1, 0)")
    read = Statement("items.size", "SELECT size FROM items WHERE id = 1")
    write = Statement("items.resize", "UPDATE items SET size = %(size)s WHERE id = 1", params={"size": int})
    done: list[str] = []
    with Database.open(via.url, via.settings()) as pool:

        def grow(tx: Transaction) -> int:
            size = int(tx.scalar(read))
            done.append(f"read {size}")

            def committed() -> None:
                done.append("committed")

            def rolled_back() -> None:
                done.append("rolled back")

            def committing() -> None:
                done.append("committing")

            tx.before_commit(committing)
            tx.after_commit(committed)
            tx.after_rollback(rolled_back)
            if len(done) == 1:
                observer.execute("UPDATE items SET size = 10 WHERE id = 1")
            tx.execute(write, size=size + 1, expect_rows=1)
            return size + 1

        receipt = Receipt()
        size = UnitOfWork(pool).execute(grow, isolation=Isolation.REPEATABLE_READ, retry=RetryPolicy(), receipt=receipt)
        assert size == 11
        assert done == ["read 0", "rolled back", "read 10", "committing", "committed"]
        assert (receipt.attempts, receipt.outcome) == (2, Outcome.COMMITTED)


def test_what_is_not_declared_repeatable_runs_once(via: Via, observer: psycopg.Connection) -> None:
    observer.execute(ITEMS)
    observer.execute("INSERT INTO items VALUES (1, 0)")
    runs = []
    with Database.open(via.url, via.settings()) as pool:

        def conflict(tx: Transaction) -> None:
            runs.append(tx.many(LIST))
            observer.execute("UPDATE items SET size = size + 1")
            tx.execute(Statement("items.grow", "UPDATE items SET size = size + 1"))

        with pytest.raises(DBError, match="could not serialize") as failed:
            UnitOfWork(pool).execute(conflict, isolation=Isolation.SERIALIZABLE)
        assert failed.value.is_serialization_failure()
        assert len(runs) == 1
        with pytest.raises(DBError, match="could not serialize") as failed:
            UnitOfWork(pool).execute(conflict, isolation=Isolation.SERIALIZABLE, retry=RetryPolicy(attempts=3))
        assert (len(runs), failed.value.attempt) == (4, 3)
