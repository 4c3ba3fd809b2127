"""Enums, composites, ranges and JSON of the database are Python's own, also after a migration recreated one."""

from __future__ import annotations

import asyncio
import json
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from psycopg.types.range import Range

from whimbrel.persistence import (
    CompositeType,
    Database,
    DomainType,
    EnumType,
    JsonCodec,
    RangeType,
    SchemaMismatch,
    Statement,
    TypeRegistry,
)

if TYPE_CHECKING:
    import psycopg


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Point(NamedTuple):
    x: int
    y: int


def select(text: str) -> Statement[Any]:
    return Statement("types.select", f"SELECT {text} AS value", tuple, {})


@pytest.fixture
def types(database: str, observer: psycopg.Connection) -> str:
    observer.execute("CREATE TYPE colour AS ENUM ('red', 'blue')")
    observer.execute("CREATE TYPE point2 AS (x int, y int)")
    observer.execute("CREATE TYPE span AS RANGE (subtype = text)")
    observer.execute("CREATE DOMAIN short AS text CHECK (length(VALUE) < 9)")
    return database


KNOWN = (
    EnumType("colour", Colour),
    CompositeType("point2", Point),
    RangeType("span"),
    DomainType("short"),
    JsonCodec(json.dumps, lambda text: {"read": json.loads(text)}),
)


def test_values_are_pythons_own(types: str) -> None:
    async def run() -> list[object]:
        async with await Database.open(types, types=TypeRegistry(KNOWN)) as database:
            texts = (
                "'blue'::colour", "ROW(1, 2)::point2", "span('a', 'b')", "ARRAY['x'::short]", "'1'::jsonb",
                "ARRAY['red']::colour[]",
            )  # fmt: skip
            return [await database.querier().scalar(select(text)) for text in texts]

    assert asyncio.run(run()) == [Colour.BLUE, Point(1, 2), Range("a", "b"), ["x"], {"read": 1}, [Colour.RED]]


def test_a_recreated_type_is_learnt_anew(types: str, observer: psycopg.Connection) -> None:
    async def run() -> None:
        async with await Database.open(types, types=TypeRegistry(KNOWN), min_size=2) as database:
            querier = database.querier()
            assert await querier.scalar(select("'blue'::colour")) is Colour.BLUE
            observer.execute("DROP TYPE colour")
            observer.execute("CREATE TYPE colour AS ENUM ('red', 'blue')")
            async with database.lease("a migration is noticed") as connection:
                await database.plans_are_stale(connection, "test")
            for _ in range(4):
                assert await querier.scalar(select("'red'::colour")) is Colour.RED

    asyncio.run(run())


def test_a_type_that_is_not_there_keeps_the_pool_from_connecting(database: str) -> None:
    async def run() -> None:
        missing = TypeRegistry([EnumType("no_such_type", Colour)])
        async with await Database.open(database, types=missing, acquire_timeout_s=0.5) as pool:
            with pytest.raises(SchemaMismatch, match="no_such_type"):
                await pool.querier().scalar(select("1"))

    asyncio.run(run())
