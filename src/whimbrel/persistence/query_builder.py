"""Which texts can a query take whose predicates, order and row locks vary, and which one does a call take?

Everything that varies is declared once, as fragments of SQL that the program wrote; a call chooses among them by name
and sends only values. So every text is known beforehand: `variants()` lists them for the check against the schema.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import chain, combinations, product
from typing import TYPE_CHECKING, Any, Generic, TypeAlias

from whimbrel.persistence.errors import InvalidParameter, PageOutOfRange, StatementError, UnknownOrder
from whimbrel.persistence.fragment import SIMPLE, Order, Predicate, RowLock, check_name, placeholders
from whimbrel.persistence.statement import Row, Statement
from whimbrel.sql.value import name_value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Final, LiteralString

MOST_PREDICATES: Final = 8
"""A query's optional predicates: eight make 256 texts of each order."""

RESERVED: Final = frozenset(("order", "limit", "offset", "lock", "page", "per_page", "cursor", "cursors"))
"""Names that the methods take themselves, which no value may have."""

_ALIAS: Final = re.compile(r'.+?\s+AS\s+(\w+|"\w+")', re.ASCII | re.DOTALL | re.IGNORECASE)

Call: TypeAlias = "tuple[Statement[Row], dict[str, object]]"
"""What a querier runs: a statement and its values, as in `statement, values = …`."""


@dataclass(frozen=True, slots=True, eq=False)
class Query(Generic[Row]):
    """A SELECT whose predicates, order and locks vary.

        LIST = Query(
            "users.list",
            columns=("id", "email", "name", "role", "created_at"),
            source="users",
            row=User,
            where="deleted_at IS NULL",
            optional={"role": Predicate("role = %(role)s", Role)},
            order={"newest": Order(desc("created_at", datetime), desc("id", UUID))},
            unique=("id",),
        )
        statement, values = LIST.select(order="newest", role=Role.ADMIN)

    `columns` are names or `expression AS name`; `source` is what stands after FROM; `params` are the values that every
    call gives; `unique` are key expressions which together are unique and never NULL (pages demand them in each
    order). With `max_limit` the query always has a LIMIT. The first order is the one of a call that asks for none.

    Raises StatementError, when it is declared, for what cannot be meant.
    """

    name: str
    columns: tuple[LiteralString, ...]
    source: LiteralString
    row: type[Row] | Callable[..., Row]
    where: LiteralString = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    optional: Mapping[str, Predicate] = field(default_factory=dict)
    order: Mapping[str, Order] = field(default_factory=dict)
    unique: tuple[LiteralString, ...] = ()
    locks: tuple[RowLock, ...] = ()
    max_limit: int | None = None
    names: tuple[str, ...] = field(init=False, default=())
    """The names of the columns, in their order."""
    _known: dict[object, Statement[Row]] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", tuple(self._column_name(column) for column in self.columns))
        self._check()

    def select(
        self, *, order: str | None = None, limit: int | None = None, lock: RowLock | None = None, **values: object
    ) -> Call[Row]:
        """Choose a text. A value of None is not given: its predicate is not set.

        `limit` is at most `max_limit`, which it is by default. Raises UnknownOrder, PageOutOfRange, and
        InvalidParameter for a value or a lock that was not declared.
        """
        given = self.given(values)
        if self.max_limit is not None:
            given["limit"] = within(self.name, "limit", self.max_limit if limit is None else limit, self.max_limit)
        elif limit is not None:
            raise InvalidParameter(self.name, "it has no limit", remedy="declare its max_limit")
        if lock is not None and lock not in self.locks:
            raise InvalidParameter(self.name, f"no lock {lock.text} is declared", remedy="add it to its `locks`")
        statement = self._statement(self.order_named(order, given), self.active(given), lock)
        return statement, {name: given[name] for name in statement.params if name in given}

    def variants(self) -> Iterator[Statement[Row]]:
        """Yield every statement that `select` can give."""
        for order, active, lock in product(self.orders(), self.filters(), (None, *self.locks)):
            if order is None or self.can_order(order, active):
                yield self._statement(order, active, lock)

    def orders(self) -> tuple[str | None, ...]:
        """Return the names of the orders; (None,) if it has none."""
        return tuple(self.order) or (None,)

    def filters(self) -> Iterator[tuple[str, ...]]:
        """Yield every set of optional predicates, each in the order of their declaration."""
        return chain.from_iterable(combinations(self.optional, size) for size in range(len(self.optional) + 1))

    def given(self, values: Mapping[str, object]) -> dict[str, object]:
        """Return the values that are given; raise InvalidParameter for one that was not declared."""
        for name in values:
            if name not in self.params and name not in self.optional:
                known = ", ".join((*self.params, *self.optional)) or "none"
                raise InvalidParameter(self.name, f"no parameter {name}", remedy=f"those it takes: {known}")
        return {name: value for name, value in values.items() if value is not None or name in self.params}

    def active(self, given: Mapping[str, object]) -> tuple[str, ...]:
        """Return the optional predicates that are set by these values."""
        return tuple(
            name
            for name, predicate in self.optional.items()
            if name in given and (predicate.type is not None or self._switch(name, given[name]))
        )

    def order_named(self, order: str | None, given: Mapping[str, object]) -> str | None:
        """Return the order that is meant: the first one if None is asked for."""
        if order is None:
            return next(iter(self.order), None)
        if order not in self.order or not self.can_order(order, given):
            raise UnknownOrder(self.name, order, tuple(name for name in self.order if self.can_order(name, given)))
        return order

    def can_order(self, order: str, given: Mapping[str, object] | tuple[str, ...]) -> bool:
        """Whether the values which an order is computed from are there."""
        return all(name in self.params or name in given for name in placeholders(self.name, self.order[order].text))

    def filter_text(self, active: tuple[str, ...], more: str = "") -> str:
        """Return the WHERE clause, with one condition more at its end; empty if there is no condition."""
        parts = [self.where, *(self.optional[name].text for name in active), more]
        conditions = " AND ".join(f"({part})" for part in parts if part)
        return f" WHERE {conditions}" if conditions else ""

    def statement_of(self, kind: str, text: str, row: Any, more: Mapping[str, Any]) -> Statement[Any]:
        """Make the statement of a variant; `more` are the types of values that the text has beside the query's."""
        types = {**self.types, **more}
        return Statement(f"{self.name}{kind}", text, row, {name: types[name] for name in placeholders(self.name, text)})

    @property
    def types(self) -> dict[str, Any]:
        """The types of all values that a call can give."""
        optional = {name: predicate.type for name, predicate in self.optional.items() if predicate.type is not None}
        return {**self.params, **optional}

    def _statement(self, order: str | None, active: tuple[str, ...], lock: RowLock | None) -> Statement[Row]:
        chosen = (order, active, lock)
        known = self._known.get(chosen)
        if known is None:
            text = f"SELECT {', '.join(self.columns)} FROM {self.source}{self.filter_text(active)}"
            text += f" ORDER BY {self.order[order].text}" if order else ""
            text += " LIMIT %(limit)s" if self.max_limit is not None else ""
            text += f" {lock.text}" if lock else ""
            locked = f".{lock.text.lower().replace(', ', '_').replace(' ', '_').replace('.', '_')}" if lock else ""
            known = self.statement_of(f"{kind_of(order, active)}{locked}", text, self.row, {"limit": int})
            self._known[chosen] = known
        return known

    def _switch(self, name: str, value: object) -> bool:
        if not isinstance(value, bool):
            raise InvalidParameter(
                self.name,
                f"parameter {name} takes True or False and got {type(value).__qualname__}",
                remedy="give True to set it",
            )
        return value

    def _column_name(self, column: str) -> str:
        found = _ALIAS.fullmatch(column) or SIMPLE.fullmatch(column)
        if not found:
            raise StatementError(
                self.name,
                f"column {column!r} has no name of its own",
                remedy="write `expression AS name`; `*` is not allowed: it changes with the table",
            )
        return name_value(found[found.lastindex or 0])

    def _check(self) -> None:
        if not self.columns or len(set(self.names)) < len(self.names):
            raise StatementError(self.name, "its columns need names that differ", remedy="write `… AS name`")
        if len(self.optional) > MOST_PREDICATES:
            raise StatementError(self.name, f"it has over {MOST_PREDICATES} optional predicates", remedy="split it")
        if self.max_limit is not None and self.max_limit < 1:
            raise StatementError(self.name, f"max_limit is {self.max_limit}", remedy="give at least 1")
        for name in (*self.params, *self.optional, *self.order):
            check_name(self.name, name)
        for name in (*self.params, *self.optional):
            if name in RESERVED or name.startswith("after_") or (name in self.params and name in self.optional):
                raise StatementError(self.name, f"a value cannot be called {name!r}", remedy="give it another name")
        self._check_placeholders()
        for name, order in self.order.items():
            self._check_order(name, order)

    def _check_placeholders(self) -> None:
        fixed = set(placeholders(self.name, " ".join((*self.columns, self.source, self.where))))
        ordered = set(placeholders(self.name, " ".join(order.text for order in self.order.values())))
        for name, predicate in self.optional.items():
            used = set(placeholders(self.name, predicate.text))
            wanted = {name} if predicate.type is not None else set()
            if used - self.params.keys() != wanted:
                told = f"%({name})s" if wanted else "no value of its own"
                raise StatementError(self.name, f"predicate {name!r} must have {told}: {predicate.text}")
            fixed |= used & self.params.keys()
        for name in sorted((fixed - self.params.keys()) | (ordered - self.types.keys())):
            raise StatementError(self.name, f"%({name})s is not declared", remedy="add it to its `params`")
        for name in sorted(self.params.keys() - fixed - ordered):
            raise StatementError(self.name, f"value {name!r} is used nowhere", remedy="take it out of `params`")

    def _check_order(self, name: str, order: Order) -> None:
        if not order.keys:
            raise StatementError(self.name, f"order {name!r} has no keys")
        for key in order.keys:
            # A bare name in ORDER BY is an output column before it is a column of the table; in WHERE it never is.
            output = name_value(key.expression)
            if output in self.names and self.columns[self.names.index(output)] != key.expression:
                raise StatementError(
                    self.name,
                    f"key {key.expression!r} of order {name!r} is also the name of another expression",
                    remedy="give the output column another name, or write the key with its table's name",
                )


def kind_of(order: str | None, active: tuple[str, ...]) -> str:
    """Return what a variant's name has after the query's."""
    return (f".by_{order}" if order else "") + "".join(f".with_{name}" for name in active)


def within(statement: str, what: str, value: object, most: int) -> int:
    """Return `value`; raise PageOutOfRange if it is no whole number from 1 to `most`."""
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        raise PageOutOfRange(statement, what, value, 1, most)
    return value
