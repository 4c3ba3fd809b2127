"""A walk over all pages, forth or back, visits each row once, in the order of the list, wherever NULLs are."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from itertools import pairwise, product
from typing import TYPE_CHECKING, Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from whimbrel.persistence.cursor import CursorCodec
from whimbrel.persistence.fragment import Key, Nulls, Order, asc, desc
from whimbrel.persistence.paging import Feed, KeysetPages, Read
from whimbrel.persistence.query_builder import Query

if TYPE_CHECKING:
    from collections.abc import Callable

    import psycopg

CURSORS = CursorCodec(b"a secret of sixteen bytes")
TABLE = """
    CREATE TEMP TABLE t (
        a integer NOT NULL, b bigint, c varchar(9), d timestamptz, e numeric, id uuid DEFAULT gen_random_uuid()
    )
"""
KEYS: tuple[Key, ...] = (
    *(make("a", int) for make in (asc, desc)),
    *(make("b", int, nulls=nulls) for make in (asc, desc) for nulls in (Nulls.FIRST, Nulls.LAST)),
    *(make("lower(c)", str, nulls=nulls) for make in (asc, desc) for nulls in (Nulls.FIRST, Nulls.LAST)),
    *(make("d", datetime, nulls=nulls) for make in (asc, desc) for nulls in (Nulls.FIRST, Nulls.LAST)),
    *(make("e / 3", Decimal, nulls=nulls) for make in (asc, desc) for nulls in (Nulls.FIRST, Nulls.LAST)),
)
ORDERS = {
    f"o{number}": Order(first, second, last)
    for number, (first, second, last) in enumerate(product(KEYS, KEYS, (asc("id", UUID), desc("id", UUID))))
}
LIST = Query("t.list", columns=("id", "a"), source="t", row=tuple, order=ORDERS, unique=("id",))
FEED = KeysetPages(LIST)

ROWS = st.lists(
    st.tuples(
        st.integers(-1, 1),
        st.none() | st.integers(-1, 1),
        st.none() | st.sampled_from(["", "a", "B", "ä", "~"]),
        st.none() | st.datetimes(datetime(2024, 1, 1), datetime(2024, 1, 1, 0, 0, 0, 2)),  # noqa: DTZ001 - the session's
        st.none() | st.sampled_from([Decimal(1), Decimal("1.10"), Decimal("1.1"), Decimal("NaN")]),
    ),
    max_size=12,
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, order=st.sampled_from(sorted(ORDERS)), limit=st.integers(1, 13))
def test_a_walk_forth_and_back_visits_each_row_once_in_order(
    observer: psycopg.Connection, rows: list[tuple[Any, ...]], order: str, limit: int
) -> None:
    observer.execute("DROP TABLE IF EXISTS t")
    observer.execute(TABLE)
    with observer.cursor() as cursor:
        cursor.executemany("INSERT INTO t (a, b, c, d, e) VALUES (%s, %s, %s, %s, %s)", rows)
    statement, _ = LIST.select(order=order)
    all_rows = observer.execute(statement.text.encode()).fetchall()

    def read(way: Callable[..., Read[Any, Feed[Any]]], cursor: str | None) -> Feed[Any]:
        asked = way(cursor, cursors=CURSORS, limit=limit, order=order)
        return asked.fold(
            observer.execute(asked.statement.text.encode(), asked.statement.bind(asked.values)).fetchall(), tuple
        )

    forth = walk(lambda cursor: read(FEED.after, cursor), lambda feed: feed.next_cursor, len(rows))
    back = walk(lambda cursor: read(FEED.before, cursor), lambda feed: feed.previous_cursor, len(rows))
    assert [row for feed in forth for row in feed.items] == all_rows
    assert [row for feed in reversed(back) for row in feed.items] == all_rows
    assert len(forth) == len(back) == max(1, -(-len(rows) // limit))
    assert (forth[0].previous_cursor, back[0].next_cursor) == (None, None)
    for earlier, later in pairwise(forth):
        returned = read(FEED.before, later.previous_cursor)
        assert (returned.items, returned.next_cursor) == (earlier.items, earlier.next_cursor)
        assert returned.previous_cursor == earlier.previous_cursor
    for later, earlier in pairwise(back):
        assert read(FEED.after, earlier.next_cursor) == later


def walk(
    read: Callable[[str | None], Feed[Any]], onward: Callable[[Feed[Any]], str | None], most: int
) -> list[Feed[Any]]:
    feeds = [read(None)]
    while (cursor := onward(feeds[-1])) and len(feeds) <= most:
        feeds.append(read(cursor))
    return feeds
