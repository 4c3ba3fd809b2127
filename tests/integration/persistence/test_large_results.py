"""A large result is read whole and in order, and leaves the garbage collector as it was."""

from __future__ import annotations

import asyncio
import gc
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from whimbrel.persistence import Database, Statement
from whimbrel.persistence.errors import RowMismatch

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Point:
    x: int
    y: int


POINTS = Statement(
    "points.list",
    "SELECT n AS x, CASE WHEN n <> %(null_at)s THEN -n END AS y FROM generate_series(1, %(count)s::int) n",
    Point,
    {"count": int, "null_at": int},
)


@pytest.fixture(params=[True, False], ids=["collecting", "not collecting"])
def collecting(request: pytest.FixtureRequest) -> Iterator[bool]:
    before = gc.isenabled()
    (gc.enable if request.param else gc.disable)()
    yield request.param
    (gc.enable if before else gc.disable)()


def points(url: str, count: int, null_at: int = 0) -> list[Any]:
    async def run() -> list[Any]:
        async with await Database.open(url) as database:
            return await database.querier().many(POINTS, count=count, null_at=null_at)

    return asyncio.run(run())


@pytest.mark.parametrize("count", [0, 1, 1000, 1001, 2000, 3456])
def test_all_rows_come_in_order(database: str, count: int) -> None:
    assert points(database, count) == [Point(n, -n) for n in range(1, count + 1)]


def test_the_collector_is_left_as_it_was(database: str, collecting: bool) -> None:
    assert len(points(database, 5000)) == 5000
    assert gc.isenabled() is collecting


def test_the_collector_is_left_as_it_was_where_a_late_row_does_not_fit(
    database: str,
    collecting: bool,
) -> None:
    with pytest.raises(RowMismatch) as caught:
        points(database, 5000, null_at=4321)
    assert caught.value.column == "y"
    assert gc.isenabled() is collecting
