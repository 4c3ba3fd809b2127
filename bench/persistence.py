"""What does the persistence toolkit cost, next to raw psycopg and to SQLAlchemy's ORM?"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from uuid import UUID

import command
import psycopg
from psycopg_pool import AsyncConnectionPool
from results import Comparison, Goal, timed
from rounds import Times, in_turns, peak_mb

from whimbrel.persistence import Database, Statement, Transaction, UnitOfWork
from whimbrel.persistence.batch import copy_in, create_many, create_many_with_outcomes, execute_many, stream
from whimbrel.persistence.bulk_insert import BulkInsert

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from contenders import Contenders
    from databases import Bench

    Work = Callable[[], Awaitable[None]]

USERS = 10_000
FINDS = 2_000
UNITS = 500
LISTS = 300
CREATED = 100_000
STREAMED = 1_000_000
TASKS = 16
INDEXES = """
    ALTER TABLE created ADD deleted_at timestamptz;
    CREATE UNIQUE INDEX ON created (email);
    CREATE INDEX ON created (email) WHERE deleted_at IS NULL;
    CREATE INDEX ON created (role) WHERE deleted_at IS NULL;
    CREATE INDEX ON created (created_at DESC)
"""
"""Those of the seed's table of users: its constraint on the email, and its three indexes."""
TABLE = """(
    id uuid PRIMARY KEY, email text NOT NULL, name text NOT NULL, role text NOT NULL,
    created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL
)"""
OURS, RAW, ORM = "whimbrel.persistence", "raw psycopg", "SQLAlchemy ORM"
BATCH, COPY = "raw executemany (pipelined)", "raw binary COPY"


@dataclass(frozen=True, slots=True)
class User:
    """The row of all the measurements."""

    id: UUID
    email: str
    name: str
    role: str
    created_at: datetime
    updated_at: datetime


COLUMNS = {"id": UUID, "email": str, "name": str, "role": str, "created_at": datetime, "updated_at": datetime}
NAMES = ", ".join(COLUMNS)
_FIND, _LIST = f"SELECT {NAMES} FROM users WHERE id = %(id)s", f"SELECT {NAMES} FROM users ORDER BY id LIMIT %(limit)s"
_RENAME, _TOUCH = "UPDATE users SET name = %(name)s WHERE id = %(id)s", "UPDATE users SET role = role WHERE id = %(id)s"
_INSERT = f"INSERT INTO created ({NAMES}) VALUES ({', '.join(f'%({name})s' for name in COLUMNS)})"
FIND = Statement("users.find_by_id", _FIND, User, {"id": UUID})
LIST = Statement("users.list", _LIST, User, {"limit": int})
RENAME = Statement("users.rename", _RENAME, params={"id": UUID, "name": str})
TOUCH = Statement("users.touch", _TOUCH, params={"id": UUID})
INSERT = Statement("users.insert", _INSERT, params=COLUMNS)
CREATE_MANY = BulkInsert("users.create_many", table="created", columns=COLUMNS, returning=("id",), row=UUID)
ALL = Statement("users.all", f"SELECT {NAMES} FROM users, generate_series(1, %(times)s::int)", User, {"times": int})


def rows(count: int) -> list[tuple[Any, ...]]:
    """Return rows as a service would make them."""
    now = datetime.now(UTC)
    chance = random.Random(7)
    return [
        (UUID(int=chance.getrandbits(128)), f"user{n}@example.com", f"Näme {n}", "member", now, now)
        for n in range(count)
    ]


def measure(bench: Bench, _: Contenders, rounds: int) -> list[Comparison]:
    """Measure it all in one database."""
    with bench.database() as url, asyncio.Runner() as runner:
        users = rows(USERS)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"CREATE TABLE users {TABLE}; CREATE TABLE created {TABLE}".encode())
            with connection.cursor().copy("COPY users FROM STDIN") as copy:
                for row in users:
                    copy.write_row(row)
            connection.execute("VACUUM ANALYZE users")
            stack = AsyncExitStack()
            sides = runner.run(_opened(stack, url, [row[0] for row in users]))
            try:
                comparisons = _statements(sides, rounds, runner)
                comparisons += _created(sides[OURS], sides[RAW], connection, rounds, runner)
            finally:
                runner.run(stack.aclose())
        return [*comparisons, _streamed(url)]


async def _opened(stack: AsyncExitStack, url: str, ids: Sequence[UUID]) -> dict[str, Any]:
    """Return each side with a pool of the same size."""
    database = await stack.enter_async_context(await Database.open(url, min_size=TASKS, max_size=TASKS))
    pool = AsyncConnectionPool(
        url, min_size=TASKS, max_size=TASKS, open=False, kwargs={"autocommit": True, "prepare_threshold": 5}
    )
    sides: dict[str, Any] = {OURS: Toolkit(database, ids), RAW: Raw(await stack.enter_async_context(pool), ids)}
    await database.wait_ready()
    await pool.wait()
    if find_spec("sqlalchemy") and find_spec("greenlet"):
        from orm import Orm

        sides[ORM] = Orm(url, ids, TASKS)
        stack.push_async_callback(sides[ORM].close)
    else:
        print("SQLAlchemy was not found and is left out", file=sys.stderr)
    return sides


@dataclass(frozen=True, slots=True)
class Toolkit:
    """What is measured."""

    database: Database
    ids: Sequence[UUID]

    async def find(self, place: int) -> None:
        """Find a user."""
        found = await self.database.querier().one(FIND, id=self.ids[place % USERS])
        assert found.id == self.ids[place % USERS]

    async def unit(self, place: int) -> None:
        """Read two rows and write them."""
        first, second = sorted((self.ids[place % USERS], self.ids[(place + 1) % USERS]))

        async def work(transaction: Transaction) -> None:
            await transaction.one(FIND, id=first)
            await transaction.one(FIND, id=second)
            await transaction.execute(RENAME, id=first, name="a")
            await transaction.execute(TOUCH, id=second)

        await UnitOfWork(self.database).execute(work)

    async def list(self, _: int) -> None:
        """Read a page of a hundred."""
        assert len(await self.database.querier().many(LIST, limit=100)) == 100


@dataclass(frozen=True, slots=True)
class Raw:
    """The same by hand."""

    pool: AsyncConnectionPool
    ids: Sequence[UUID]

    async def find(self, place: int) -> None:
        """Find a user."""
        async with self.pool.connection() as connection:
            cursor = await connection.execute(_FIND, {"id": self.ids[place % USERS]})
            row = await cursor.fetchone()
        assert row is not None
        assert User(*row).id == self.ids[place % USERS]

    async def unit(self, place: int) -> None:
        """Read two rows and write them."""
        first, second = sorted((self.ids[place % USERS], self.ids[(place + 1) % USERS]))
        async with self.pool.connection() as connection, connection.transaction():
            for each in (first, second):
                cursor = await connection.execute(_FIND, {"id": each})
                row = await cursor.fetchone()
                assert row is not None
                User(*row)
            await connection.execute(_RENAME, {"id": first, "name": "a"})
            await connection.execute(_TOUCH, {"id": second})

    async def list(self, _: int) -> None:
        """Read a page of a hundred."""
        async with self.pool.connection() as connection:
            cursor = await connection.execute(_LIST, {"limit": 100})
            found = await cursor.fetchall()
        assert len([User(*row) for row in found]) == 100


def _statements(sides: Mapping[str, Any], rounds: int, runner: asyncio.Runner) -> list[Comparison]:
    """Single statements and units of work, each side in turn."""
    kinds = (
        (f"find by id, {FINDS:,} times, 1 task", "find", FINDS, 1, 1.25, 2.0),
        (f"find by id, {FINDS:,} times, {TASKS} tasks", "find", FINDS, TASKS, 1.25, 2.0),
        (f"unit of work of two reads and two writes, {UNITS} times", "unit", UNITS, 1, 1.2, None),
        (f"list of 100 rows to dataclasses, {LISTS} times", "list", LISTS, 1, 1.2, None),
    )
    comparisons = []
    for work, method, count, width, most, orm in kinds:

        def case(side: Any, method: str = method, count: int = count, width: int = width) -> Callable[[], float]:
            return lambda: runner.run(_concurrently(getattr(side, method), count, width))

        cases = {name: case(side) for name, side in sides.items()}
        for warm in cases.values():
            warm()
        times = in_turns(cases, 3 * rounds)
        goals = [Goal("of raw psycopg's time", most, 1 / times.ratio(RAW, OURS))]
        if orm is not None and ORM in times.rounds:
            goals.append(Goal(f"times as fast as {ORM}", orm, times.ratio(ORM, OURS), at_least=True))
        comparisons.append(timed(work, times, tuple(goals)))
    return comparisons


async def _concurrently(work: Callable[[int], Awaitable[None]], count: int, width: int) -> float:
    async def some(start: int) -> None:
        for place in range(start, count, width):
            await work(place)

    began = time.perf_counter()
    if width == 1:
        await some(0)
    else:
        async with asyncio.TaskGroup() as group:
            for start in range(width):
                group.create_task(some(start))
    return time.perf_counter() - began


def _created(
    ours: Toolkit, raw: Raw, connection: psycopg.Connection, rounds: int, runner: asyncio.Runner
) -> list[Comparison]:
    """Rows in bulk, with a primary key, and COPY with the seed's indexes too."""
    given = rows(CREATED)
    items = [dict(zip(COLUMNS, row, strict=True)) for row in given]
    querier = ours.database.querier()

    async def pipelined() -> None:
        async with raw.pool.connection() as held, held.transaction():
            await held.cursor().executemany(_INSERT, items)

    async def raw_copy() -> None:
        async with raw.pool.connection() as held:
            cursor = held.cursor()
            async with cursor.copy(f"COPY created ({NAMES}) FROM STDIN (FORMAT BINARY)") as copy:
                copy.set_types(["uuid", "text", "text", "text", "timestamptz", "timestamptz"])
                for row in given:
                    await copy.write_row(row)

    async def created() -> None:
        assert len(await create_many(querier, CREATE_MANY, given)) == CREATED

    async def with_outcomes() -> None:
        assert all(each.is_inserted for each in await create_many_with_outcomes(querier, CREATE_MANY, given))

    async def copied() -> None:
        assert await copy_in(querier, "created", COLUMNS, given) == CREATED

    async def executed() -> None:
        assert len(await execute_many(querier, INSERT, items)) == CREATED

    def case(work: Work) -> Callable[[], float]:
        def run() -> float:
            connection.execute("TRUNCATE created")
            connection.execute("CHECKPOINT")
            return runner.run(_concurrently(lambda _: work(), 1, 1))

        return run

    cases = {
        "create_many, RETURNING": case(created),
        "create_many_with_outcomes": case(with_outcomes),
        "copy_in": case(copied),
        "execute_many": case(executed),
        BATCH: case(pipelined),
        COPY: case(raw_copy),
    }
    times = in_turns(cases, rounds)
    goals = (
        *_faster(times, "create_many, RETURNING", 2),
        *_faster(times, "create_many_with_outcomes", 1.5),
        *_faster(times, "copy_in", 4),
        Goal(f"of the time of {COPY}, copy_in", 1.15, 1 / times.ratio(COPY, "copy_in")),
    )
    plain = timed(f"{CREATED:,} rows, table with a primary key", times, goals)
    connection.execute(INDEXES.encode())
    times = in_turns({name: cases[name] for name in ("copy_in", BATCH, COPY)}, rounds)
    goals = (
        *_faster(times, "copy_in", 2.3),
        Goal(f"of the time of {COPY}, copy_in", 1.15, 1 / times.ratio(COPY, "copy_in")),
    )
    return [plain, timed(f"{CREATED:,} rows, and the seed's indexes", times, goals)]


def _faster(times: Times, name: str, wanted: float) -> tuple[Goal, ...]:
    return (Goal(f"times as fast as {BATCH}, {name}", wanted, times.ratio(BATCH, name), at_least=True),)


def _streamed(url: str) -> Comparison:
    """How much memory a process has that reads a million rows."""
    least, most = (peak_mb([sys.executable, __file__, "--stream", url, str(count)]) for count in (USERS, STREAMED))
    medians = {f"{STREAMED:,} rows": most, f"{USERS:,} rows": least}
    return Comparison(f"stream {STREAMED:,} rows, memory", "MB", 1, medians, (Goal("MB of the process", 80, most),))


async def _stream(url: str, count: int) -> None:
    found = 0
    async with await Database.open(url) as database, stream(database.querier(), ALL, times=count // USERS) as users:
        async for _ in users:
            found += 1
    assert found == count


if __name__ == "__main__":
    if sys.argv[1:2] == ["--stream"]:
        asyncio.run(_stream(sys.argv[2], int(sys.argv[3])))
    else:
        command.main(__doc__, measure)
