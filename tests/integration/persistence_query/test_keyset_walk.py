"""A walk over all pages visits each row once, in the order of the list, wherever NULLs and equal keys are."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from itertools import product
from typing import TYPE_CHECKING, Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from whimbrel.persistence.fragment import Key, Nulls, Order, asc, desc
from whimbrel.persistence.paging import CursorCodec, KeysetPages
from whimbrel.persistence.query_builder import Query

if TYPE_CHECKING:
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
def test_a_walk_visits_each_row_once_in_order(
    observer: psycopg.Connection, rows: list[tuple[Any, ...]], order: str, limit: int
) -> None:
    observer.execute("DROP TABLE IF EXISTS t")
    observer.execute(TABLE)
    with observer.cursor() as cursor:
        cursor.executemany("INSERT INTO t (a, b, c, d, e) VALUES (%s, %s, %s, %s, %s)", rows)
    statement, _ = LIST.select(order=order)
    visited: list[tuple[Any, ...]] = []
    after, pages = None, 0
    while (pages == 0 or after) and pages <= len(rows):
        read = FEED.after(after, cursors=CURSORS, limit=limit, order=order)
        found = observer.execute(read.statement.text.encode(), read.statement.bind(read.values)).fetchall()
        feed = read.fold(found, tuple)
        visited += feed.items
        after, pages = feed.next_cursor, pages + 1
    assert visited == observer.execute(statement.text.encode()).fetchall()
    assert pages == max(1, -(-len(rows) // limit))
