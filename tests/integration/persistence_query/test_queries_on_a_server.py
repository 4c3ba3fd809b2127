"""Queries find what they should on a real server, by the indexes that are there for them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg
import pytest
from psycopg import errors

from whimbrel.persistence.cursor import CursorCodec
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
from whimbrel.persistence.paging import KeysetPages, OffsetPages, Page
from whimbrel.persistence.query_builder import Query
from whimbrel.persistence.write_builder import Insert, SoftDelete, Upsert

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from whimbrel.persistence.statement import Statement

SCHEMA = """
    CREATE TABLE users (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        email varchar(255) NOT NULL,
        name text NOT NULL,
        role text NOT NULL DEFAULT 'member',
        seen_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        deleted_at timestamptz,
        version integer NOT NULL DEFAULT 1
    );
    CREATE UNIQUE INDEX users_email_key ON users (lower(email)) WHERE deleted_at IS NULL;
    CREATE INDEX users_created_at_idx ON users (created_at DESC, id DESC) WHERE deleted_at IS NULL;
    CREATE INDEX users_mixed_idx ON users (name, created_at DESC, id) WHERE deleted_at IS NULL;
    CREATE INDEX users_search_idx ON users USING gin (to_tsvector('simple', name || ' ' || email));
"""

SEARCH = TextSearch("to_tsvector('simple', name || ' ' || email)", config="simple")
EVERY_LOCK = tuple(RowLock(strength, wait) for strength in Strength for wait in Wait)
CURSORS = CursorCodec(b"a secret of sixteen bytes")


@dataclass(frozen=True, slots=True)
class User:
    id: UUID
    email: str


FIND_BY_EMAIL = Query(
    "users.find_by_email",
    columns=("id", "email"),
    source="users",
    row=User,
    where="deleted_at IS NULL AND " + ignoring_case("email", "email"),
    params={"email": str},
    locks=EVERY_LOCK,
)
LIST = Query(
    "users.list",
    columns=("id", "email"),
    source="users",
    row=User,
    where="deleted_at IS NULL",
    optional={
        "role": Predicate("role = %(role)s", str),
        "roles": Predicate("role = ANY(%(roles)s)", list[str]),
        "created_after": Predicate("created_at > %(created_after)s", datetime),
        "seen": Predicate("seen_at IS NOT NULL"),
    },
    order={
        "newest": Order(desc("created_at", datetime), desc("id", UUID)),
        "name": Order(asc("name", str), desc("created_at", datetime), asc("id", UUID)),
        "seen": Order(desc("seen_at", datetime, nulls=Nulls.LAST), asc("lower(email)", str), asc("id", UUID)),
    },
    unique=("id",),
)
SEARCHED = Query(
    "users.search",
    columns=("id", "email"),
    source="users",
    row=User,
    where="deleted_at IS NULL AND " + SEARCH.matches("q"),
    params={"q": str},
    order={"best": Order(SEARCH.best("q"), asc("id", UUID))},
    unique=("id",),
    max_limit=20,
)
PAGES = OffsetPages(LIST)
CAPPED = OffsetPages(replace(LIST, name="users.capped"), count_at_most=30)
FEED = KeysetPages(LIST)
BUILDERS = (
    FIND_BY_EMAIL,
    LIST,
    PAGES,
    FEED,
    SEARCHED,
    OffsetPages(SEARCHED),
    CAPPED,
    Insert("users.add", "users", {"email": str, "name": str}, returning=("id", "created_at")),
    Upsert(
        "users.save", "public.users", {"id": UUID, "email": str, "name": str}, key=("id",), update=("email", "name")
    ),
    Upsert(
        "users.save_checked",
        "users",
        {"id": UUID, "email": str, "name": str},
        key=("id",),
        update=("name",),
        version="version",
        soft_delete="deleted_at",
        returning=("version",),
    ),
    SoftDelete("users.hide", "users", {"id": UUID}, touch=("seen_at",), version="version"),
)
SAMPLES: dict[Any, object] = {
    str: "x",
    int: 1,
    UUID: UUID(int=1),
    datetime: datetime(2024, 1, 1, tzinfo=UTC),
    list[str]: ["member"],
}


@pytest.fixture
def users(observer: psycopg.Connection) -> psycopg.Connection:
    observer.execute(SCHEMA)
    return observer


def fill(connection: psycopg.Connection, count: int) -> None:
    connection.execute(
        "INSERT INTO users (id, email, name, created_at) SELECT md5(n::text)::uuid, 'User' || n || '@Example.org',"
        " 'name ' || n / 3, '2024-01-01'::timestamptz + n / 2 * interval '1 s' FROM generate_series(1, %s) AS n",
        [count],
    )
    connection.execute("ANALYZE users")


def run(connection: psycopg.Connection, statement: Statement[Any], values: Any) -> list[tuple[Any, ...]]:
    return connection.execute(statement.text.encode(), statement.bind(values), prepare=True).fetchall()


def plan(connection: psycopg.Connection, statement: Statement[Any]) -> str:
    """The plan for values that the planner does not know, as a prepared statement has in the end."""
    text = statement.text
    for number, name in enumerate(statement.params, 1):
        text = text.replace(f"%({name})s", f"${number}")
    with connection.transaction(force_rollback=True):
        connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        connection.execute("SET LOCAL enable_seqscan = off")
        connection.execute(f"PREPARE planned AS {text}".encode())
        nothing = ", ".join(["NULL"] * len(statement.params))
        lines = [line for (line,) in connection.execute(f"EXPLAIN EXECUTE planned ({nothing})".encode())]
        connection.execute("DEALLOCATE planned")
    return "\n".join(lines)


def variants() -> Iterator[Statement[Any]]:
    for builder in BUILDERS:
        yield from builder.variants()


def test_every_variant_is_taken_by_the_server(users: psycopg.Connection) -> None:
    names = set()
    for statement in variants():
        names.add(statement.name)
        values = statement.bind({name: SAMPLES[type_] for name, type_ in statement.params.items()})
        with users.transaction(force_rollback=True):
            users.execute(statement.text.encode(), values, prepare=True)
    assert len(names) == len(list(variants())) > 200


def test_a_lookup_ignores_case_and_uses_its_index(users: psycopg.Connection) -> None:
    fill(users, 1000)
    statement, values = FIND_BY_EMAIL.select(email="uSER77@eXAMPLE.org")
    assert [email for _, email in run(users, statement, values)] == ["User77@Example.org"]
    assert "Index Cond: (lower((email)::text) = lower($1))" in plan(users, statement)


def test_a_search_uses_its_index_and_gives_the_best_first(users: psycopg.Connection) -> None:
    users.execute(
        "INSERT INTO users (email, name)"
        " VALUES ('a@x', 'Ann Lee'), ('b@x', 'Lee Lee Lee'), ('c@x', 'Bob'), ('d@x', 'lee')"
    )
    statement, values = SEARCHED.select(q="lee")
    assert run(users, statement, values)[0][1] == "b@x"
    assert {email for _, email in run(users, statement, {**values, "q": "lee -ann"})} == {"b@x", "d@x"}
    fill(users, 5000)
    assert "Bitmap Index Scan on users_search_idx" in plan(users, statement)


@pytest.mark.parametrize("q", ["", "  ", "'", '"', '"unclosed', "or or -", "a & | ! ( :*", "%", "\\"])
def test_a_search_takes_any_text(q: str, users: psycopg.Connection) -> None:
    users.execute("INSERT INTO users (email, name) VALUES ('a@x', 'Ann')")
    run(users, *SEARCHED.select(q=q))


def test_a_switch_and_values_narrow_the_list(users: psycopg.Connection) -> None:
    fill(users, 4)
    users.execute("UPDATE users SET seen_at = now() WHERE email < 'User3'")
    users.execute("UPDATE users SET role = 'admin' WHERE email > 'User2'")
    assert len(run(users, *LIST.select(seen=True))) == 2
    assert len(run(users, *LIST.select(seen=True, role="admin"))) == 1
    assert len(run(users, *LIST.select(roles=["admin", "member"]))) == 4


def test_locked_rows_are_skipped_or_refused(users: psycopg.Connection, database: str) -> None:
    fill(users, 1)
    values: dict[str, Any] = {"email": "user1@example.org"}
    with psycopg.connect(database) as other:
        run(other, *FIND_BY_EMAIL.select(lock=RowLock(Strength.NO_KEY_UPDATE), **values))
        assert run(users, *FIND_BY_EMAIL.select(lock=RowLock(Strength.UPDATE, Wait.SKIP_LOCKED), **values)) == []
        assert len(run(users, *FIND_BY_EMAIL.select(lock=RowLock(Strength.KEY_SHARE, Wait.NOWAIT), **values))) == 1
        with pytest.raises(errors.LockNotAvailable):
            run(users, *FIND_BY_EMAIL.select(lock=RowLock(Strength.SHARE, Wait.NOWAIT), **values))


def item(row: Sequence[Any]) -> User:
    return User(*row)


@pytest.mark.parametrize(("page", "count"), [(1, 20), (2, 20), (3, 1), (4, 0), (2**58, 0)])
def test_a_page_has_the_right_total_also_past_the_end(page: int, count: int, users: psycopg.Connection) -> None:
    fill(users, 41)
    users.execute("INSERT INTO users (email, name, deleted_at) VALUES ('gone', 'gone', now())")
    read = PAGES.page(page, per_page=20)
    found = read.fold(run(users, read.statement, read.values), item)
    assert (len(found.items), found.total, found.page, found.per_page) == (count, 41, page, 20)


@pytest.mark.parametrize(("page", "count"), [(1, 20), (3, 1), (9, 0)])
def test_a_long_list_is_counted_no_further_than_asked(page: int, count: int, users: psycopg.Connection) -> None:
    fill(users, 41)
    read = CAPPED.page(page, per_page=20)
    found = read.fold(run(users, read.statement, read.values), item)
    assert (found.total, found.is_total_capped, len(found.items)) == (30, True, count)


@pytest.mark.parametrize("count", [0, 29, 30])
def test_a_list_within_the_cap_has_its_right_total(count: int, users: psycopg.Connection) -> None:
    fill(users, count)
    read = CAPPED.page(1, per_page=20)
    found = read.fold(run(users, read.statement, read.values), item)
    assert (found.total, found.is_total_capped) == (count, False)


def test_a_page_of_an_empty_list_has_the_total_of_nothing(users: psycopg.Connection) -> None:
    read = PAGES.page(1, per_page=20, role="admin")
    assert read.fold(run(users, read.statement, read.values), item) == Page((), 0, 1, 20)


@pytest.mark.parametrize("order", LIST.order)
def test_pages_follow_each_other_as_the_list_does(order: str, users: psycopg.Connection) -> None:
    fill(users, 50)
    users.execute("UPDATE users SET seen_at = now() WHERE email LIKE '%7%'")
    reads = [PAGES.page(page, per_page=7, order=order) for page in range(1, 9)]
    pages = [read.fold(run(users, read.statement, read.values), item) for read in reads]
    assert [user for page in pages for user in page.items] == [*map(item, run(users, *LIST.select(order=order)))]


def after_the_first(users: psycopg.Connection, order: str) -> Statement[Any]:
    read = FEED.after(None, cursors=CURSORS, limit=10, order=order)
    cursor = read.fold(run(users, read.statement, read.values), item).next_cursor
    return FEED.after(cursor, cursors=CURSORS, limit=10, order=order).statement


def conditions(lines: str) -> Iterable[str]:
    return [line.strip() for line in lines.splitlines() if "Index Cond" in line or "Sort" in line]


def test_a_row_comparison_begins_in_the_index(users: psycopg.Connection) -> None:
    fill(users, 5000)
    lines = plan(users, after_the_first(users, "newest"))
    assert "users_created_at_idx" in lines
    assert conditions(lines) == ["Index Cond: (ROW(created_at, id) < ROW($1, $2))"]


def test_mixed_directions_begin_in_the_index_too(users: psycopg.Connection) -> None:
    fill(users, 5000)
    lines = plan(users, after_the_first(users, "name"))
    assert "users_mixed_idx" in lines
    assert conditions(lines) == ["Index Cond: (name >= $1)"]
