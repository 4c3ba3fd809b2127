"""Enums, composites, ranges and JSON of the database are Python's own, also after a migration recreated one."""

from __future__ import annotations

import asyncio
import json
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple

import psycopg
import pytest
from psycopg.types.range import Range

from whimbrel.persistence import (
    CompositeType,
    Database,
    DomainType,
    EnumType,
    JsonCodec,
    RangeType,
    Statement,
    UnitOfWork,
)
from whimbrel.persistence.errors import SchemaMismatch
from whimbrel.persistence.types import TypeRegistry

if TYPE_CHECKING:
    from fix_pgbouncer import Via


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Point(NamedTuple):
    x: int
    y: int


def select(text: str) -> Statement[Any]:
    return Statement("types.select", f"SELECT {text} AS value", tuple, {})


@pytest.fixture
def types(via: Via, observer: psycopg.Connection) -> Via:
    observer.execute("CREATE TYPE colour AS ENUM ('red', 'blue')")
    observer.execute("CREATE TYPE point2 AS (x int, y int)")
    observer.execute("CREATE TYPE span AS RANGE (subtype = text)")
    observer.execute("CREATE DOMAIN short AS text CHECK (length(VALUE) < 9)")
    return via


KNOWN = (
    EnumType("colour", Colour),
    CompositeType("point2", Point),
    RangeType("span"),
    DomainType("short"),
    JsonCodec(json.dumps, lambda text: {"read": json.loads(text)}),
)


def test_values_are_pythons_own(types: Via) -> None:
    async def run() -> list[object]:
        async with await Database.open(types.url, types.settings(), types=KNOWN) as database:
            texts = (
                "'blue'::colour", "ROW(1, 2)::point2", "span('a', 'b')", "ARRAY['x'::short]", "'1'::jsonb",
                "ARRAY['red']::colour[]",
            )  # fmt: skip
            return [await database.querier().scalar(select(text)) for text in texts]

    assert asyncio.run(run()) == [Colour.BLUE, Point(1, 2), Range("a", "b"), ["x"], {"read": 1}, [Colour.RED]]


def test_a_recreated_type_is_learnt_anew(types: Via, observer: psycopg.Connection) -> None:
    async def run() -> None:
        async with await Database.open(types.url, types.settings(), types=KNOWN, min_size=2) as database:
            querier = database.querier()
            assert await querier.scalar(select("'blue'::colour")) is Colour.BLUE
            observer.execute("DROP TYPE colour")
            observer.execute("CREATE TYPE colour AS ENUM ('red', 'blue')")
            async with database.lease("a migration is noticed") as connection:
                await database.plans_are_stale(connection, "test")
            for _ in range(4):
                assert await querier.scalar(select("'red'::colour")) is Colour.RED

    asyncio.run(run())


@pytest.mark.parametrize("uses", [0, 1, 9])
def test_a_recreated_type_is_met_by_the_next_statement(types: Via, observer: psycopg.Connection, uses: int) -> None:
    """Also by one that gives a value of it, and by one in the middle of a unit of work."""
    colour = Statement("types.colour", "SELECT %(value)s::colour AS value", tuple, {"value": Colour})

    async def run() -> None:
        async with await Database.open(types.url, types.settings(), types=KNOWN, max_size=1) as database:
            querier = database.querier()
            assert await querier.scalar(select("'blue'::colour")) is Colour.BLUE
            for _ in range(uses):
                assert await querier.scalar(colour, value=Colour.BLUE) is Colour.BLUE
            for _ in range(2):
                observer.execute("DROP TYPE colour CASCADE")
                observer.execute("CREATE TYPE colour AS ENUM ('red', 'blue')")
                assert await querier.scalar(colour, value=Colour.RED) is Colour.RED
            observer.execute("DROP TYPE colour CASCADE")
            observer.execute("CREATE TYPE colour AS ENUM ('red', 'blue')")
            async with UnitOfWork(database).begin() as transaction:
                assert await transaction.scalar(select("ARRAY['red']::colour[]")) == [Colour.RED]
                assert await transaction.scalar(colour, value=Colour.BLUE) is Colour.BLUE

    asyncio.run(run())


def test_a_type_that_is_not_there_keeps_the_pool_from_connecting(via: Via) -> None:
    async def run() -> None:
        missing = [EnumType("no_such_type", Colour)]
        async with await Database.open(via.url, via.settings(), types=missing, acquire_timeout_s=0.5) as pool:
            with pytest.raises(SchemaMismatch, match="no_such_type"):
                await pool.querier().scalar(select("1"))

    asyncio.run(run())


def test_an_answer_of_before_the_migration_is_not_kept(database: str, observer: psycopg.Connection) -> None:
    observer.execute("CREATE TYPE colour AS ENUM ('red', 'blue')")
    registry = TypeRegistry([EnumType("colour", Colour)])

    def asked(pid: int) -> bool:
        found = observer.execute("SELECT query FROM pg_stat_activity WHERE pid = %s", [pid]).fetchone()
        return found is not None and "pg_enum" in found[0]

    async def run() -> None:
        async with (
            await psycopg.AsyncConnection.connect(database, autocommit=True) as early,
            await psycopg.AsyncConnection.connect(database, autocommit=True) as late,
        ):
            register = asyncio.create_task(registry.register(early))
            while not asked(early.info.backend_pid) and not register.done():
                await asyncio.sleep(0)
            # The answer is on its way, and this task lets nobody read it before the type is another one.
            observer.execute("DROP TYPE colour")
            observer.execute("CREATE TYPE colour AS ENUM ('red', 'blue')")
            registry.forget()
            await register
            await registry.register(late)
            found = await (await late.execute("SELECT 'red'::colour")).fetchone()
            assert found == (Colour.RED,)

    asyncio.run(run())
