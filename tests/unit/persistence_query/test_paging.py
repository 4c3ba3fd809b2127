"""Pages have bounds, and a cursor is read only by the list that made it."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from itertools import product
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whimbrel.errors import Misuse
from whimbrel.persistence.cursor import CursorCodec
from whimbrel.persistence.errors import InvalidCursor, PageOutOfRange, StatementError, UnknownOrder
from whimbrel.persistence.fragment import Key, Nulls, Order, Predicate, asc, desc
from whimbrel.persistence.paging import Feed, KeysetPages, OffsetPages, Page, after_row
from whimbrel.persistence.query_builder import Query

if TYPE_CHECKING:
    from collections.abc import Mapping

CURSORS = CursorCodec(b"a secret of sixteen bytes")
ORDERS: Mapping[str, Order] = {
    "newest": Order(desc("created_at", datetime), desc("id", UUID)),
    "name": Order(asc("name", str, nulls=Nulls.LAST), desc("lower(email)", str), asc("id", UUID)),
}


def query(name: str = "users.list", orders: Mapping[str, Order] = ORDERS, **more: Any) -> Query[tuple[Any, ...]]:
    return Query(
        name,
        columns=("id", "created_at", "name"),
        source="users",
        row=tuple,
        optional={"role": Predicate("role = %(role)s", str)},
        order=orders,
        **{"unique": ("id",), **more},
    )


PAGES = OffsetPages(query(), max_per_page=100)
FEED = KeysetPages(query(), max_limit=100)


def test_a_page_is_counted_from_one() -> None:
    read = PAGES.page(3, per_page=20, role="admin")
    assert read.values == {"role": "admin", "limit": 20, "offset": 40}
    assert read.statement.name == "users.list.page.by_newest.with_role"


@pytest.mark.parametrize("page", [0, -1, 2**63, 10**400, "1", True])
def test_a_page_out_of_range_is_refused(page: Any) -> None:
    with pytest.raises(PageOutOfRange, match=r"page of users\.list"):
        PAGES.page(page, per_page=20)


@pytest.mark.parametrize("size", [0, -1, 101, None])
def test_a_page_size_out_of_range_is_refused(size: Any) -> None:
    with pytest.raises(PageOutOfRange, match=r"per_page of users\.list"):
        PAGES.page(1, per_page=size)
    with pytest.raises(PageOutOfRange, match=r"limit of users\.list"):
        FEED.after(None, cursors=CURSORS, limit=size)


def test_the_last_page_that_can_be_asked_for_fits_a_bigint() -> None:
    offset = PAGES.page((2**63 - 1) // 20, per_page=20).values["offset"]
    assert isinstance(offset, int)
    assert offset < 2**63


def test_an_unknown_order_is_refused() -> None:
    with pytest.raises(UnknownOrder):
        PAGES.page(1, per_page=1, order="oldest")
    with pytest.raises(UnknownOrder):
        FEED.after(None, cursors=CURSORS, limit=1, order="oldest")


def test_an_empty_page_has_its_total_and_no_items() -> None:
    read = PAGES.page(9, per_page=20)
    assert read.fold([(None, None, None, 7, None)], tuple) == Page((), 7, 9, 20)


def test_a_row_of_nulls_is_an_item() -> None:
    read = PAGES.page(1, per_page=20)
    assert read.fold([(None, None, None, 1, True)], tuple).items == ((None, None, None),)


ID = UUID(int=7)
ROWS = [(ID, datetime(2024, 1, day, tzinfo=UTC), "n") for day in (3, 2, 1)]


def a_cursor(feed: KeysetPages[tuple[Any, ...]] = FEED, codec: CursorCodec = CURSORS) -> str:
    found = feed.after(None, cursors=codec, limit=2).fold(ROWS, tuple)
    assert found.items == tuple(ROWS[:2])
    assert found.next_cursor
    return found.next_cursor


def test_one_row_more_is_read_to_know_whether_to_go_on() -> None:
    read = FEED.after(None, cursors=CURSORS, limit=3)
    assert read.values == {"limit": 4}
    assert read.fold(ROWS, tuple).next_cursor is None


def test_a_cursor_gives_the_keys_of_the_last_row() -> None:
    read = FEED.after(a_cursor(), cursors=CURSORS, limit=2)
    assert read.values == {"after_1": ROWS[1][1], "after_2": ID, "limit": 3}
    assert "WHERE ((created_at, id) < (%(after_1)s, %(after_2)s)) ORDER BY" in read.statement.text


def test_a_cursor_can_stand_in_a_url() -> None:
    assert a_cursor().replace("-", "").replace("_", "").isalnum()
    assert a_cursor().isascii()


def refused(cursor: Any, feed: KeysetPages[tuple[Any, ...]] = FEED, order: str = "newest") -> None:
    with pytest.raises(InvalidCursor) as raised:
        feed.after(cursor, cursors=CURSORS, limit=2, order=order)
    assert str(raised.value) == f"the cursor is not one of {feed.query.name} in this order"
    assert raised.value.__cause__ is None


@pytest.mark.parametrize("cursor", ["", "x", "é", "====", "\0", "a b", "A" * 22, "A" * 100_000, b"bytes", 7])
def test_what_is_no_cursor_is_refused(cursor: Any) -> None:
    refused(cursor)


@given(st.text())
def test_any_text_is_refused(text: str) -> None:
    refused(text)


@given(st.data())
def test_a_cursor_with_one_changed_bit_is_refused(data: st.DataObject) -> None:
    sent = bytearray(urlsafe_b64decode(a_cursor() + "=="))
    place = data.draw(st.integers(0, len(sent) * 8 - 1))
    sent[place // 8] ^= 1 << place % 8
    refused(urlsafe_b64encode(sent).rstrip(b"=").decode())


def test_a_replacement_character_stands_for_no_other_bytes() -> None:
    sent = CURSORS.encode(["s"], [str], ["\ufffd"])
    changed = urlsafe_b64decode(sent + "=" * (-len(sent) % 4)).replace("\ufffd".encode(), b"\xff")
    with pytest.raises(InvalidCursor):
        CURSORS.decode(["s"], [str], urlsafe_b64encode(changed).rstrip(b"=").decode())


def test_a_cursor_of_another_secret_is_refused() -> None:
    refused(a_cursor(codec=CursorCodec(b"another secret of any length")))


def test_a_cursor_of_another_list_is_refused() -> None:
    refused(a_cursor(KeysetPages(query("users.others"))))


def test_a_cursor_of_another_order_is_refused() -> None:
    refused(a_cursor(), order="name")


CHANGED: list[Key] = [asc("created_at", datetime), desc("updated_at", datetime), desc("created_at", date)]


@pytest.mark.parametrize("key", CHANGED)
def test_a_cursor_from_before_the_order_changed_is_refused(key: Key) -> None:
    orders = {"newest": Order(key, desc("id", UUID))}
    refused(a_cursor(), KeysetPages(query(orders=orders)))


VALUES = st.tuples(
    st.uuids(),
    st.integers(-(2**63), 2**63 - 1),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=-3, minutes=-30)), None])),
    st.dates(),
    st.decimals(allow_nan=False),
)


@given(VALUES)
def test_a_cursor_keeps_values_of_every_type(values: tuple[Any, ...]) -> None:
    types = tuple(map(type, values))
    found = CURSORS.decode(["s"], types, CURSORS.encode(["s"], types, values))
    assert found == values
    assert tuple(map(type, found)) == types
    nothing = [None] * len(types)
    assert CURSORS.decode(["s"], types, CURSORS.encode(["s"], types, nothing)) == tuple(nothing)


def test_a_secret_is_not_short_and_not_shown() -> None:
    with pytest.raises(Misuse, match="has 5 bytes"):
        CursorCodec(b"short")
    assert "secret" not in repr(CURSORS)


def test_a_key_of_another_type_than_declared_is_told() -> None:
    rows = [(ID, date(2024, 1, 1), "n")] * 2
    with pytest.raises(StatementError, match="declared datetime, but the server sent date"):
        FEED.after(None, cursors=CURSORS, limit=1).fold(rows, tuple)


def test_a_null_in_a_key_that_has_none_is_told() -> None:
    with pytest.raises(StatementError, match=r"key 'created_at' is NULL"):
        FEED.after(None, cursors=CURSORS, limit=1).fold([(ID, None, "n")] * 2, tuple)


def test_a_key_that_is_no_column_comes_after_the_columns() -> None:
    read = FEED.after(None, cursors=CURSORS, limit=1, order="name")
    assert read.statement.text.startswith("SELECT id, created_at, name, lower(email) AS key_1 FROM users ORDER BY")
    rows = [(ID, ROWS[0][1], None, "e")] * 2
    cursor = read.fold(rows, tuple).next_cursor
    after = FEED.after(cursor, cursors=CURSORS, limit=1, order="name")
    assert after.values == {"after_2": "e", "after_3": ID, "limit": 2}
    assert after.statement.name == "users.list.feed.by_name.after.null_1"


def test_the_way_back_turns_every_key_round() -> None:
    found = FEED.after(None, cursors=CURSORS, limit=1, order="name").fold([(ID, ROWS[0][1], None, "e")] * 2, tuple)
    back = FEED.before(found.next_cursor, cursors=CURSORS, limit=1, order="name")
    assert back.statement.name == "users.list.feed.by_name.before.null_1"
    assert "ORDER BY name DESC NULLS FIRST, (lower(email)) ASC, id DESC" in back.statement.text
    assert "name IS NOT NULL" in back.statement.text


def test_a_feed_tells_the_way_back_except_at_the_beginning() -> None:
    assert FEED.after(None, cursors=CURSORS, limit=2).fold(ROWS, tuple).previous_cursor is None
    second = FEED.after(a_cursor(), cursors=CURSORS, limit=2).fold(ROWS[2:], tuple)
    assert second.next_cursor is None
    back = FEED.before(second.previous_cursor, cursors=CURSORS, limit=2)
    assert back.values == {"after_1": ROWS[2][1], "after_2": ID, "limit": 3}
    assert back.fold(ROWS[1::-1], tuple).items == tuple(ROWS[:2])
    assert back.fold(ROWS[1::-1], tuple).previous_cursor is None
    assert back.fold([], tuple) == Feed((), None, None)


@pytest.mark.parametrize(("counted", "total", "is_capped"), [(0, 0, False), (3, 3, False), (4, 3, True)])
def test_a_capped_total_says_so(counted: int, total: int, is_capped: bool) -> None:
    pages = OffsetPages(query(), count_at_most=3)
    read = pages.page(1, per_page=2)
    assert read.fold([(None, None, None, counted, None)], tuple) == Page((), total, 1, 2, is_total_capped=is_capped)
    assert "LIMIT 4) AS counted" in read.statement.text
    with pytest.raises(StatementError, match="count_at_most is 0"):
        OffsetPages(query(), count_at_most=0)


def test_the_condition_puts_nulls_in_their_place() -> None:
    keys = (desc("a", int, nulls=Nulls.FIRST), asc("b", int))
    assert after_row(keys, (False, False)) == "(a < %(after_1)s OR (a = %(after_1)s AND b > %(after_2)s))"
    assert after_row(keys, (True, False)) == "(a IS NOT NULL OR (a IS NULL AND b > %(after_2)s))"
    keys = (desc("a", int, nulls=Nulls.LAST), asc("b", int))
    assert after_row(keys, (False, False)) == "(a < %(after_1)s OR a IS NULL OR (a = %(after_1)s AND b > %(after_2)s))"
    assert after_row(keys, (True, False)) == "((a IS NULL AND b > %(after_2)s))"


def test_every_text_that_a_call_can_take_is_among_the_variants() -> None:
    names = [variant.name for variant in FEED.variants()]
    assert len(names) == len(set(names)) == 2 * 2 * (2 + 3)
    assert {variant.name for variant in PAGES.variants()} == {
        f"users.list.page.by_{order}{role}" for order in ORDERS for role in ("", ".with_role")
    }
    for role in (None, "admin"):
        for way, cursor in product((FEED.after, FEED.before), (None, a_cursor())):
            assert way(cursor, cursors=CURSORS, limit=1, role=role).statement in list(FEED.variants())


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("need an order and a unique key", {"orders": {}}),
    ("need an order and a unique key", {"unique": ()}),
    ("it lacks id", {"orders": {"a": Order(desc("created_at", datetime))}}),
    ("it lacks id", {"orders": {"a": Order(asc("id", UUID, nulls=Nulls.LAST))}}),
]


@pytest.mark.parametrize(("message", "changed"), WRONG)
def test_an_order_that_is_not_unique_has_no_pages(message: str, changed: dict[str, Any]) -> None:
    for pages in (OffsetPages, KeysetPages):
        with pytest.raises(StatementError, match=message):
            pages(query(**changed))


def test_a_cursor_holds_no_floats_and_no_computed_keys() -> None:
    for key in (desc("rank", float), desc("rank")):
        with pytest.raises(StatementError, match="has no type for a cursor"):
            KeysetPages(query(orders={"a": Order(key, asc("id", UUID))}))
    with pytest.raises(StatementError, match="is computed from a value"):
        KeysetPages(query(orders={"a": Order(desc("x - %(role)s", Decimal), asc("id", UUID))}))
    with pytest.raises(StatementError, match=r"max_limit is 0"):
        KeysetPages(query(), max_limit=0)
