"""A query's texts are all known when it is declared, and a call only chooses among them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from whimbrel.persistence.errors import InvalidParameter, PageOutOfRange, StatementError, UnknownOrder
from whimbrel.persistence.fragment import (
    Nulls,
    Order,
    Predicate,
    RowLock,
    Strength,
    TextSearch,
    Wait,
    asc,
    desc,
    ignoring_case,
)
from whimbrel.persistence.query_builder import Query

NEXT = RowLock(Strength.NO_KEY_UPDATE, Wait.SKIP_LOCKED)

LIST = Query(
    "users.list",
    columns=("id", "email", "created_at"),
    source="users",
    row=tuple,
    where="deleted_at IS NULL OR kept",
    optional={
        "role": Predicate("role = %(role)s", str),
        "verified": Predicate("verified_at IS NOT NULL"),
    },
    order={"newest": Order(desc("created_at", datetime), desc("id", UUID)), "email": Order(asc("lower(email)"))},
    locks=(NEXT,),
    max_limit=50,
)


def test_a_call_sets_the_predicates_whose_values_it_gives() -> None:
    statement, values = LIST.select(role="admin", order="email", limit=3)
    assert statement.text == (
        "SELECT id, email, created_at FROM users WHERE (deleted_at IS NULL OR kept) AND (role = %(role)s)"
        " ORDER BY (lower(email)) ASC LIMIT %(limit)s"
    )
    assert statement.name == "users.list.by_email.with_role"
    assert statement.params == {"role": str, "limit": int}
    assert values == {"role": "admin", "limit": 3}


def test_a_value_of_none_is_not_given() -> None:
    assert LIST.select(role=None)[0] is LIST.select()[0]


def test_a_switch_is_set_by_true_and_not_by_false() -> None:
    assert "verified_at IS NOT NULL" in LIST.select(verified=True)[0].text
    assert LIST.select(verified=False)[0] is LIST.select()[0]
    with pytest.raises(InvalidParameter, match="parameter verified takes True or False and got str"):
        LIST.select(verified="yes")


def test_the_first_order_and_the_longest_limit_are_the_default() -> None:
    statement, values = LIST.select()
    assert statement.text.endswith("ORDER BY created_at DESC, id DESC LIMIT %(limit)s")
    assert values == {"limit": 50}


def test_a_lock_stands_at_the_end() -> None:
    statement, _ = LIST.select(lock=NEXT)
    assert statement.text.endswith("LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED")
    assert statement.name == "users.list.by_newest.for_no_key_update_skip_locked"


def test_a_lock_can_name_tables() -> None:
    assert RowLock(Strength.SHARE, Wait.NOWAIT, of=("u", "p")).text == "FOR SHARE OF u, p NOWAIT"


def test_every_text_that_a_call_can_take_is_among_the_variants() -> None:
    variants = {statement.name: statement for statement in LIST.variants()}
    assert len(variants) == len(list(LIST.variants())) == 2 * 4 * 2
    for role in (None, "admin"):
        for verified in (False, True):
            for order in (None, "newest", "email"):
                for lock in (None, NEXT):
                    chosen = LIST.select(order=order, lock=lock, role=role, verified=verified)[0]
                    assert variants[chosen.name] is chosen


@pytest.mark.parametrize("order", ["", "id; DROP TABLE users", "x" * 1000])
def test_an_unknown_order_is_refused(order: str) -> None:
    with pytest.raises(UnknownOrder) as raised:
        LIST.select(order=order)
    assert raised.value.known == ("newest", "email")
    assert raised.value.remedy == "ask for one of: newest, email"
    assert len(str(raised.value)) < 100


@pytest.mark.parametrize("limit", [0, -1, 51, 10**400, True, "3", 2.0])
def test_a_limit_out_of_its_bounds_is_refused(limit: Any) -> None:
    with pytest.raises(PageOutOfRange) as raised:
        LIST.select(limit=limit)
    assert (raised.value.what, raised.value.least, raised.value.most) == ("limit", 1, 50)


def test_a_value_or_a_lock_that_is_not_declared_is_refused() -> None:
    with pytest.raises(InvalidParameter, match="no parameter rol"):
        LIST.select(rol="admin")
    with pytest.raises(InvalidParameter, match="no lock FOR UPDATE is declared"):
        LIST.select(lock=RowLock(Strength.UPDATE))


def test_an_order_computed_from_a_value_needs_the_value() -> None:
    search = TextSearch("to_tsvector('simple', name)", config="simple")
    query = Query(
        "users.search",
        columns=("id",),
        source="users",
        row=tuple,
        optional={"q": Predicate(search.matches("q"), str)},
        order={"name": Order(asc("name")), "best": Order(search.best("q"), asc("id"))},
    )
    assert query.select(order="best", q="x")[0].params == {"q": str}
    with pytest.raises(UnknownOrder) as raised:
        query.select(order="best")
    assert raised.value.known == ("name",)
    assert [variant.name for variant in query.variants()] == [
        "users.search.by_name",
        "users.search.by_name.with_q",
        "users.search.by_best.with_q",
    ]


def test_a_lookup_has_its_value_always() -> None:
    query = Query(
        "users.find_by_email",
        columns=("u.id", 'lower(u.name) AS "name"', "now() as Now"),
        source="users AS u",
        row=tuple,
        where=ignoring_case("u.email", "email"),
        params={"email": str},
    )
    assert query.names == ("id", "name", "now")
    statement, values = query.select(email="A@b.c")
    assert statement.name == "users.find_by_email"
    assert statement.text.endswith("FROM users AS u WHERE (lower(u.email) = lower(%(email)s))")
    assert values == {"email": "A@b.c"}
    with pytest.raises(InvalidParameter, match="it has no limit"):
        query.select(email="a", limit=1)


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("has no name of its own", {"columns": ("*",)}),
    ("has no name of its own", {"columns": ("users.*",)}),
    ("has no name of its own", {"columns": ("count(x)",)}),
    ("need names that differ", {"columns": ("u.id", "p.id")}),
    ("need names that differ", {"columns": ()}),
    ("is not declared", {"where": "id = %(id)s"}),
    ("is used nowhere", {"params": {"id": int}}),
    ("must have %\\(role\\)s", {"optional": {"role": Predicate("role = 'x'", str)}}),
    ("must have %\\(role\\)s", {"optional": {"role": Predicate("role = %(rol)s", str)}}),
    ("no value of its own", {"optional": {"role": Predicate("role = %(role)s")}}),
    ("cannot be called 'limit'", {"where": "x < %(limit)s", "params": {"limit": int}}),
    ("cannot be called 'after_1'", {"optional": {"after_1": Predicate("x < %(after_1)s", int)}}),
    ("is no name", {"optional": {"a b": Predicate("true")}}),
    ("is no name", {"order": {"a.b": Order(asc("id"))}}),
    ("over 8 optional", {"optional": {f"p{n}": Predicate("true") for n in range(9)}}),
    ("percent sign stands alone", {"where": "name LIKE 'x%'"}),
    ("percent sign stands alone", {"where": "id = %s"}),
    ("has no keys", {"order": {"none": Order()}}),
    ("is not declared", {"order": {"rank": Order(desc("rank(%(q)s)"))}}),
    ("also the name of another expression", {"columns": ("lower(name) AS name",), "order": {"a": Order(asc("name"))}}),
    ("max_limit is 0", {"max_limit": 0}),
]


@pytest.mark.parametrize(("message", "changed"), WRONG)
def test_what_cannot_be_meant_is_refused_at_its_declaration(message: str, changed: dict[str, Any]) -> None:
    arguments: dict[str, Any] = {"columns": ("id",), "source": "users", "row": tuple, **changed}
    with pytest.raises(StatementError, match=message):
        Query("users.list", **arguments)


def test_a_percent_sign_is_written_twice() -> None:
    query = Query("a.b", columns=("id",), source="t", row=tuple, where="name LIKE 'x%%'")
    assert query.select()[0].params == {}


def test_nulls_have_the_place_that_is_declared() -> None:
    assert asc("a + b", int, nulls=Nulls.FIRST).text == "(a + b) ASC NULLS FIRST"
