"""How is a long list read page by page: by number with the total, or by what comes after the last row seen?"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from itertools import product
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from whimbrel.persistence.cursor import CURSOR_TYPES, CursorCodec
from whimbrel.persistence.errors import StatementError
from whimbrel.persistence.fragment import Direction, Key, Nulls, Order, enclosed, placeholders
from whimbrel.persistence.query_builder import Query, kind_of, within
from whimbrel.persistence.statement import Row, Statement
from whimbrel.postgres.connection import identifier

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Final

Item = TypeVar("Item")
Result = TypeVar("Result")

_MAX_BIGINT: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """The rows of page `page`, counted from 1, of a list of `total` rows, which is right past the end too.

    Where `is_total_capped` the list has more than `total` rows: they were counted no further.
    """

    items: tuple[Item, ...]
    total: int
    page: int
    per_page: int
    is_total_capped: bool = False


@dataclass(frozen=True, slots=True)
class Feed(Generic[Item]):
    """Some rows of a list, and the cursors to go on with: None at its end, and at its beginning.

    `next_cursor` is for `KeysetPages.after`, `previous_cursor` for `before`. Each is of a row of this feed, so a feed
    without rows has none; and the way back that a feed tells of may be empty, if those rows have gone since.
    """

    items: tuple[Item, ...]
    next_cursor: str | None
    previous_cursor: str | None = None


class _Way(StrEnum):
    """To which side of a cursor a list is read."""

    ON = "after"
    BACK = "before"


@dataclass(frozen=True, slots=True)
class Read(Generic[Item, Result]):
    """A statement, its values, and what becomes of the rows.

    The rows come as tuples; their first columns, called `names`, are those of an item of type `row`. `fold(rows, item)`
    makes the result; `item` is the mapper of these columns to `row`.
    """

    statement: Statement[tuple[Any, ...]]
    values: Mapping[str, object]
    row: type[Item] | Callable[..., Item]
    names: tuple[str, ...]
    fold: Callable[[Sequence[Sequence[Any]], Callable[[Sequence[Any]], Item]], Result]


@dataclass(frozen=True, slots=True, eq=False)
class OffsetPages(Generic[Row]):
    """Numbered pages of a query, with the total, by one statement.

    The page and the count are two subqueries of one snapshot, so each uses its own index. A page far behind costs the
    rows before it, and the count costs all rows, or `count_at_most` and one: for long lists set it, or take
    KeysetPages.

    Raises StatementError, when it is declared, for a query without orders, or for one whose order is not unique.
    """

    query: Query[Row]
    max_per_page: int = 100
    count_at_most: int | None = None
    _known: dict[object, Statement[tuple[Any, ...]]] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        _check_pages(self.query, "max_per_page", self.max_per_page)
        if self.count_at_most is not None:
            _check_pages(self.query, "count_at_most", self.count_at_most)

    def page(self, page: int, *, per_page: int, order: str | None = None, **values: object) -> Read[Row, Page[Row]]:
        """Read page `page`, counted from 1. A value of None is not given: its predicate is not set.

        Raises PageOutOfRange, UnknownOrder, and InvalidParameter for a value that was not declared.
        """
        query = self.query
        given = query.given(values)
        given["limit"] = within(query.name, "per_page", per_page, self.max_per_page)
        given["offset"] = (within(query.name, "page", page, _MAX_BIGINT // per_page) - 1) * per_page
        statement = self._statement(query.order_named(order, given) or "", query.active(given))

        def fold(rows: Sequence[Sequence[Any]], item: Callable[[Sequence[Any]], Row]) -> Page[Row]:
            width = len(query.names)
            items = tuple(item(row[:width]) for row in rows if row[-1])
            counted, most = rows[0][width], self.count_at_most
            if most is not None and counted > most:
                return Page(items, most, page, per_page, is_total_capped=True)
            return Page(items, counted, page, per_page)

        chosen = {name: given[name] for name in statement.params if name in given}
        return Read(statement, chosen, query.row, query.names, fold)

    def variants(self) -> Iterator[Statement[Any]]:
        """Yield every statement that `page` can give."""
        for order, active in product(self.query.order, self.query.filters()):
            if self.query.can_order(order, active):
                yield self._statement(order, active)

    def _statement(self, order: str, active: tuple[str, ...]) -> Statement[tuple[Any, ...]]:
        known = self._known.get((order, active))
        if known is None:
            query = self.query
            keys = query.order[order].keys
            selected, places = _with_keys(query, keys)
            rows = f"FROM {query.source}{query.filter_text(active)}"
            names = [
                *map(identifier, query.names),
                *(f"key_{n}" for n in range(1, len(selected) - len(query.names) + 1)),
            ]
            again = [
                Key(f"page.{names[place]}", key.direction, nulls=key.nulls)
                for key, place in zip(keys, places, strict=True)
            ]
            most = self.count_at_most
            counted = rows if most is None else f"FROM (SELECT {rows} LIMIT {most + 1}) AS counted"
            # The join keeps the row of the count where the page is empty; `found` tells it from a row of NULLs.
            text = (
                f"SELECT {', '.join(f'page.{name}' for name in names[: len(query.names)])}, counted.total, page.found"
                f" FROM (SELECT count(*) AS total {counted}) AS counted"
                f" LEFT JOIN (SELECT {', '.join(selected)}, true AS found {rows}"
                f" ORDER BY {query.order[order].text} LIMIT %(limit)s OFFSET %(offset)s) AS page ON true"
                f" ORDER BY {Order(*again).text}"
            )
            known = query.statement_of(f".page{kind_of(order, active)}", text, tuple, {"limit": int, "offset": int})
            self._known[order, active] = known
        return known


@dataclass(frozen=True, slots=True, eq=False)
class KeysetPages(Generic[Row]):
    """Pages of a query by cursor: each costs the same, and rows that come or go in between shift none.

    Each key has a type that a cursor can hold, and says where its NULLs stand if it can be NULL; if it does not say so,
    rows with a NULL may never be reached.

    Raises StatementError, when it is declared, for a query without orders, and for an order that is not unique or has a
    key without such a type or one that is computed from a value.
    """

    query: Query[Row]
    max_limit: int = 100
    _known: dict[object, Statement[tuple[Any, ...]]] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        _check_pages(self.query, "max_limit", self.max_limit)
        for name, order in self.query.order.items():
            for key in order.keys:
                owner = f"key {key.expression!r} of order {name!r}"
                if key.type not in CURSOR_TYPES:
                    types = ", ".join(type_.__name__ for type_ in CURSOR_TYPES)
                    raise StatementError(
                        self.query.name, f"{owner} has no type for a cursor", remedy=f"declare it as one of: {types}"
                    )
                if placeholders(self.query.name, key.expression):
                    raise StatementError(
                        self.query.name, f"{owner} is computed from a value", remedy="read such a list by OffsetPages"
                    )

    def after(
        self, cursor: str | None, *, cursors: CursorCodec, limit: int, order: str | None = None, **values: object
    ) -> Read[Row, Feed[Row]]:
        """Read up to `limit` rows after the cursor, or from the beginning. A value of None is not given.

        Raises InvalidCursor, PageOutOfRange, UnknownOrder, and InvalidParameter for a value that was not declared.
        """
        return self._read(_Way.ON, cursor, cursors, limit, order, values)

    def before(
        self, cursor: str | None, *, cursors: CursorCodec, limit: int, order: str | None = None, **values: object
    ) -> Read[Row, Feed[Row]]:
        """Read the last `limit` rows before the cursor, or of the list, in its order; raises as `after`."""
        return self._read(_Way.BACK, cursor, cursors, limit, order, values)

    def _read(
        self,
        way: _Way,
        cursor: str | None,
        cursors: CursorCodec,
        limit: int,
        order: str | None,
        values: Mapping[str, object],
    ) -> Read[Row, Feed[Row]]:
        query = self.query
        given = query.given(values)
        given["limit"] = within(query.name, "limit", limit, self.max_limit) + 1
        order = query.order_named(order, given) or ""
        keys = query.order[order].keys
        scope = (query.name, order, *(f"{key.text} {key.type}" for key in keys))
        types = tuple(key.type or str for key in keys)
        absent = None
        if cursor is not None:
            stopped = cursors.decode(scope, types, cursor)
            given |= {f"after_{n}": value for n, value in enumerate(stopped, 1) if value is not None}
            absent = tuple(value is None for value in stopped)
        statement = self._statement(order, query.active(given), absent, way)
        places = _with_keys(query, keys)[1]

        def cursor_of(row: Sequence[Any]) -> str:
            at = [row[place] for place in places]
            for key, value in zip(keys, at, strict=True):
                if value is None and key.nulls is Nulls.NEVER:
                    raise StatementError(
                        query.name,
                        f"key {key.expression!r} is NULL in a row",
                        remedy="declare where its NULLs stand: nulls=Nulls.LAST or Nulls.FIRST",
                    )
            return cursors.encode(scope, types, at)

        def fold(rows: Sequence[Sequence[Any]], item: Callable[[Sequence[Any]], Row]) -> Feed[Row]:
            width = len(query.names)
            shown = rows[:limit] if way is _Way.ON else rows[:limit][::-1]
            # One row more than asked for tells whether the list goes on; that it goes back to the cursor is known.
            goes_on, came_from = len(rows) > limit, cursor is not None
            is_more, was_more = (goes_on, came_from) if way is _Way.ON else (came_from, goes_on)
            return Feed(
                tuple(item(row[:width]) for row in shown),
                cursor_of(shown[-1]) if shown and is_more else None,
                cursor_of(shown[0]) if shown and was_more else None,
            )

        chosen = {name: given[name] for name in statement.params if name in given}
        return Read(statement, chosen, query.row, query.names, fold)

    def variants(self) -> Iterator[Statement[Any]]:
        """Yield every statement that `after` and `before` can give.

        For each way one without a cursor, and one for each set of keys that can be NULL in it.
        """
        for order, active, way in product(self.query.order, self.query.filters(), _Way):
            may = ((False,) if key.nulls is Nulls.NEVER else (False, True) for key in self.query.order[order].keys)
            for absent in (None, *product(*may)):
                yield self._statement(order, active, absent, way)

    def _statement(
        self, order: str, active: tuple[str, ...], absent: tuple[bool, ...] | None, way: _Way
    ) -> Statement[tuple[Any, ...]]:
        known = self._known.get((order, active, absent, way))
        if known is None:
            query = self.query
            keys = query.order[order].keys
            ordered = Order(*(key.reversed() for key in keys)) if way is _Way.BACK else query.order[order]
            position = "" if absent is None else after_row(ordered.keys, absent)
            text = (
                f"SELECT {', '.join(_with_keys(query, keys)[0])} FROM {query.source}"
                f"{query.filter_text(active, position)} ORDER BY {ordered.text} LIMIT %(limit)s"
            )
            types = {f"after_{n}": key.type for n, key in enumerate(keys, 1)}
            nulls = "".join(f".null_{n}" for n, null in enumerate(absent or (), 1) if null)
            where = f".{way}{nulls}" if absent is not None else "" if way is _Way.ON else ".from_end"
            known = query.statement_of(f".feed{kind_of(order, active)}{where}", text, tuple, {**types, "limit": int})
            self._known[order, active, absent, way] = known
        return known


def after_row(keys: Sequence[Key], absent: Sequence[bool]) -> str:
    """Return the condition for rows after the one with the keys %(after_1)s, …; `absent` says which of them are NULL.

    A row comparison where all keys agree and none can be NULL, since PostgreSQL finds its beginning in the index.
    """
    if any(key.nulls is not Nulls.NEVER or key.direction is not keys[0].direction for key in keys):
        return _after(list(zip(keys, absent, strict=True)), 1)
    expressions = ", ".join(enclosed(key.expression) for key in keys)
    values = ", ".join(f"%(after_{n})s" for n in range(1, len(keys) + 1))
    return f"({expressions}) {_beyond(keys[0])} ({values})"


def _after(keys: Sequence[tuple[Key, bool]], number: int) -> str:
    (key, null), *others = keys
    rest = _after(others, number + 1) if others else ""
    expression, value, beyond = enclosed(key.expression), f"%(after_{number})s", _beyond(key)
    if key.nulls is Nulls.NEVER:
        if not rest:
            return f"{expression} {beyond} {value}"
        # The first comparison says nothing new; it is the one that an index can begin at.
        return f"({expression} {beyond}= {value} AND ({expression} {beyond} {value} OR {rest}))"
    if null:
        ways = [f"{expression} IS NOT NULL"] if key.nulls is Nulls.FIRST else []
    else:
        ways = [f"{expression} {beyond} {value}"] + ([f"{expression} IS NULL"] if key.nulls is Nulls.LAST else [])
    if rest:
        ways.append(f"({expression} {'IS NULL' if null else f'= {value}'} AND {rest})")
    return f"({' OR '.join(ways)})" if ways else "false"


def _beyond(key: Key) -> str:
    return ">" if key.direction is Direction.ASC else "<"


def _with_keys(query: Query[Any], keys: Sequence[Key]) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Return what is selected so that the keys' values are there, and at which place each of them is."""
    selected: list[str] = list(query.columns)
    places = []
    for key in keys:
        if key.expression not in query.columns:
            selected.append(f"{key.expression} AS key_{len(selected) - len(query.columns) + 1}")
        places.append(query.columns.index(key.expression) if key.expression in query.columns else len(selected) - 1)
    return tuple(selected), tuple(places)


def _check_pages(query: Query[Any], what: str, most: int) -> None:
    if most < 1:
        raise StatementError(query.name, f"{what} is {most}", remedy="give at least 1")
    if not query.order or not query.unique:
        raise StatementError(
            query.name,
            "its pages need an order and a unique key",
            remedy='declare `order`, and `unique`: the expressions that are unique together, as in ("id",)',
        )
    for name, order in query.order.items():
        sure = {key.expression for key in order.keys if key.nulls is Nulls.NEVER}
        missing = [expression for expression in query.unique if expression not in sure]
        if missing:
            raise StatementError(
                query.name,
                f"rows can be equal in order {name!r}: it lacks {', '.join(missing)}",
                remedy="end it with the unique key, which is never NULL",
            )
