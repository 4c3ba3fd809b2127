"""Many rows are inserted by one statement: all or none, or each with its outcome, in the order of the input."""

from __future__ import annotations

import asyncio
import json
import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
from fix_pgbouncer import Via, Way
from psycopg.types.json import Jsonb

from whimbrel.persistence import Database, JsonCodec, UnitOfWork, converter
from whimbrel.persistence.batch import create_many, create_many_with_outcomes
from whimbrel.persistence.bulk_insert import BulkInsert, Creation
from whimbrel.persistence.errors import (
    CheckViolation,
    DBError,
    InvalidData,
    InvalidParameter,
    NotNullViolation,
    Outcome,
    RowMismatch,
    StatementError,
    TransactionRolledBack,
    UnexpectedRowCount,
    UniqueViolation,
)
from whimbrel.persistence.events import Event, StatementDone

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import psycopg

USERS = """
    CREATE TYPE role AS ENUM ('member', 'admin');
    CREATE TABLE users (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        number bigint GENERATED ALWAYS AS IDENTITY,
        email varchar(40) NOT NULL,
        role role NOT NULL DEFAULT 'member',
        age int CONSTRAINT grown CHECK (age > 0),
        deleted_at timestamptz
    );
    CREATE UNIQUE INDEX users_email ON users (lower(email)) WHERE deleted_at IS NULL;
"""


class Role(Enum):
    MEMBER = "member"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Created:
    number: int
    email: str


@dataclass(frozen=True, slots=True)
class Colour:
    name: str


converter(Colour, dump=lambda colour: colour.name, load=Colour)

CREATE_MANY = BulkInsert(
    "users.create_many",
    table="users",
    columns={"email": str, "role": Role, "age": int | None},
    types={"role": "role"},
    returning=("number", "email"),
    row=Created,
    conflict=("lower(email)",),
    conflict_where="deleted_at IS NULL",
)


@pytest.fixture
def users(via: Via, observer: psycopg.Connection) -> Via:
    observer.execute(USERS)
    return via


def within(via: Via, body: Callable[[Database], Awaitable[Any]], **changes: Any) -> Any:
    async def run() -> Any:
        async with await Database.open(via.url, via.settings(), **changes) as database:
            return await body(database)

    return asyncio.run(run())


def stored(observer: psycopg.Connection, text: str) -> list[tuple[Any, ...]]:
    return observer.execute(text.encode()).fetchall()


def test_rows_come_back_in_the_order_of_the_input(users: Via) -> None:
    emails = [f"u{place}@example.com" for place in range(3000, 0, -1)]
    rows = [(email, Role.MEMBER, None) for email in emails]
    made = within(users, lambda database: create_many(database.querier(), CREATE_MANY, rows))
    assert [user.email for user in made] == emails
    assert [user.number for user in made] == list(range(1, 3001))


def test_a_row_may_be_a_mapping(users: Via, observer: psycopg.Connection) -> None:
    rows = [{"age": 3, "email": "a", "role": Role.ADMIN}, {"age": None, "email": "b", "role": Role.MEMBER}]
    within(users, lambda database: create_many(database.querier(), CREATE_MANY, rows))
    assert stored(observer, "SELECT email, role::text, age FROM users ORDER BY number") == [
        ("a", "admin", 3),
        ("b", "member", None),
    ]


def test_without_rows_nothing_is_sent(users: Via) -> None:
    events: list[Event] = []

    async def body(database: Database) -> None:
        assert await create_many(database.querier(), CREATE_MANY, []) == []
        assert await create_many_with_outcomes(database.querier(), CREATE_MANY, iter(())) == []

    within(users, body, observers=[events.append])
    assert events == []


def test_one_bad_row_and_none_is_written(users: Via, observer: psycopg.Connection) -> None:
    rows = [("a", Role.MEMBER, 1), ("b", Role.MEMBER, -1)]
    with pytest.raises(CheckViolation) as caught:
        within(users, lambda database: create_many(database.querier(), CREATE_MANY, rows))
    assert caught.value.constraint == "grown"
    assert caught.value.op == "users.create_many"
    assert stored(observer, "SELECT count(*) FROM users") == [(0,)]


def test_all_rows_are_part_of_the_unit_of_work(users: Via, observer: psycopg.Connection) -> None:
    async def body(database: Database) -> None:
        with pytest.raises(ZeroDivisionError):  # noqa: PT012 - the unit is what raises
            async with UnitOfWork(database).begin() as transaction:
                await create_many(transaction, CREATE_MANY, [("a", Role.MEMBER, 1)])
                raise ZeroDivisionError

    within(users, body)
    assert stored(observer, "SELECT count(*) FROM users") == [(0,)]


def test_an_over_long_text_is_refused_and_not_cut(users: Via) -> None:
    rows = [("a" * 41, Role.MEMBER, None)]
    with pytest.raises(InvalidData):
        within(users, lambda database: create_many(database.querier(), CREATE_MANY, rows))


@pytest.mark.parametrize(
    ("bad", "column", "said"),
    [
        (("b", "member", None), "role", "column role takes Role and got str, in row 1 "),
        ((None, Role.MEMBER, None), "email", "column email takes str and got None, in row 1 "),
        ((5, Role.MEMBER, None), "email", "column email takes str and got int, in row 1 "),
        (("a\0b", Role.MEMBER, None), "email", "got a text with NUL"),
        (("\ud800", Role.MEMBER, None), "email", "got a text with half a surrogate pair"),
        (("b", Role.MEMBER, True), "age", "column age takes int or None and got bool"),
        (("b", Role.MEMBER, 1 << 70), "age", "needs more than 8 bytes"),
        (("b", Role.MEMBER), "", "row 1 of the input"),
        ({"email": "b", "role": Role.MEMBER, "size": 3}, "", "row 1 of the input"),
    ],
)
def test_a_value_that_does_not_fit_is_named_before_it_is_sent(users: Via, bad: Any, column: str, said: str) -> None:
    async def body(database: Database) -> None:
        async with UnitOfWork(database).begin() as transaction:
            with pytest.raises(InvalidParameter) as caught:
                await create_many(transaction, CREATE_MANY, [("secret", Role.MEMBER, None), bad])
            assert said in str(caught.value)
            assert caught.value.parameter == column
            assert caught.value.outcome is Outcome.NOT_STARTED
            await create_many(transaction, CREATE_MANY, [("a", Role.MEMBER, None)])

    within(users, body)


def test_a_swallowed_server_error_makes_the_unit_roll_back(users: Via) -> None:
    async def body(database: Database) -> None:
        with pytest.raises(TransactionRolledBack):  # noqa: PT012 - the unit is what raises
            async with UnitOfWork(database).begin() as transaction:
                with pytest.raises(CheckViolation):
                    await create_many(transaction, CREATE_MANY, [("a", Role.MEMBER, -1)])

    within(users, body)


def test_each_row_has_its_outcome(users: Via, observer: psycopg.Connection) -> None:
    observer.execute("INSERT INTO users (email) VALUES ('Taken@example.com')")
    observer.execute("INSERT INTO users (email, deleted_at) VALUES ('free@example.com', now())")
    emails = [
        "a@example.com",
        "taken@example.com",
        "free@example.com",
        "A@EXAMPLE.COM",
        "b@example.com",
        "b@example.com",
    ]
    rows = [(email, Role.MEMBER, None) for email in emails]
    outcomes = within(users, lambda database: create_many_with_outcomes(database.querier(), CREATE_MANY, rows))
    inserted, conflicted = Creation.INSERTED, Creation.CONFLICTED
    assert [each.creation for each in outcomes] == [inserted, conflicted, inserted, conflicted, inserted, conflicted]
    assert [each.row and each.row.email for each in outcomes] == [
        "a@example.com", None, "free@example.com", None, "b@example.com", None,
    ]  # fmt: skip
    assert len(stored(observer, "SELECT FROM users")) == 5


def test_outcomes_stay_right_when_a_trigger_rewrites_rows(users: Via, observer: psycopg.Connection) -> None:
    observer.execute("""
        CREATE FUNCTION same() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN IF NEW.age = 99 THEN RETURN NULL; END IF; NEW.email := 'x' || NEW.age % 7; RETURN NEW; END $$;
        CREATE TRIGGER same BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION same();
    """)
    rows = [("y", Role.MEMBER, age) for age in (99, 1, 8, 2, 99, 3, 9)]
    outcomes = within(users, lambda database: create_many_with_outcomes(database.querier(), CREATE_MANY, rows))
    assert [each.row and each.row.email for each in outcomes] == [None, "x1", None, "x2", None, "x3", None]


def test_another_error_than_the_conflict_fails_the_batch(users: Via, observer: psycopg.Connection) -> None:
    observer.execute("CREATE UNIQUE INDEX one_age ON users (age)")
    rows = [("a", Role.MEMBER, 5), ("b", Role.MEMBER, 5)]
    with pytest.raises(UniqueViolation) as caught:
        within(users, lambda database: create_many_with_outcomes(database.querier(), CREATE_MANY, rows))
    assert caught.value.constraint == "one_age"
    assert stored(observer, "SELECT count(*) FROM users") == [(0,)]


def test_without_an_arbiter_any_unique_index_makes_a_conflict(users: Via, observer: psycopg.Connection) -> None:
    observer.execute("CREATE UNIQUE INDEX one_age ON users (age)")
    bulk = BulkInsert("users.any", table="public.users", columns={"email": str, "age": int})
    rows = [("a", 5), ("b", 5), ("A", 6), ("c", 7)]

    async def body(database: Database) -> list[Any]:
        async with UnitOfWork(database).begin() as transaction:
            first = await create_many_with_outcomes(transaction, bulk, rows)
            second = await create_many_with_outcomes(transaction, bulk, rows)
            return [each.is_inserted for each in first + second]

    assert within(users, body) == [True, False, False, True] + [False] * 4


def test_outcomes_go_to_the_right_rows_of_many(users: Via, observer: psycopg.Connection) -> None:
    observer.execute("INSERT INTO users (email) SELECT 'u' || n FROM generate_series(0, 20000, 3) n")
    rows = [(f"u{place}", Role.MEMBER, None) for place in range(20000)]
    outcomes = within(users, lambda database: create_many_with_outcomes(database.querier(), CREATE_MANY, rows))
    assert [each.is_inserted for each in outcomes] == [place % 3 != 0 for place in range(20000)]
    assert all(each.row.email == row[0] for each, row in zip(outcomes, rows, strict=True) if each.row)


@pytest.mark.parametrize("returning", [(), ("email",), ("number", "email")])
@pytest.mark.parametrize("count", [1, 999, 1000, 1001, 2500])
def test_outcomes_are_those_that_the_table_tells(
    users: Via, observer: psycopg.Connection, returning: tuple[str, ...], count: int
) -> None:
    chance = random.Random(count)
    taken = {f"u{chance.randrange(count)}" for _ in range(count // 3)}
    emails = [f"{chance.choice('uU')}{chance.randrange(count)}" for _ in range(count)]
    observer.cursor().executemany("INSERT INTO users (email) VALUES (%s)", [(email,) for email in sorted(taken)])
    bulk = BulkInsert(
        "users.import",
        table="users",
        columns={"email": str, "age": int},
        returning=returning,
        conflict=CREATE_MANY.conflict,
        conflict_where=CREATE_MANY.conflict_where,
    )
    rows = list(zip(emails, range(1, count + 1), strict=True))
    outcomes = within(users, lambda database: create_many_with_outcomes(database.querier(), bulk, rows))
    places = {age: row for age, *row in stored(observer, "SELECT age, number, email FROM users WHERE age > 0")}
    assert [each.is_inserted for each in outcomes] == [age in places for _, age in rows]
    expected = [tuple(places[age][2 - len(returning) :]) if returning and age in places else None for _, age in rows]
    assert [each.row for each in outcomes] == expected
    free = {email.lower() for email in emails} - taken
    assert len(places) == len(free)


def test_a_row_that_does_not_fit_is_told_with_what_became_of_the_batch(
    users: Via, observer: psycopg.Connection
) -> None:
    bulk = BulkInsert("users.odd", table="users", columns={"email": str}, returning=("age",), row=int)
    with pytest.raises(RowMismatch) as caught:
        within(users, lambda database: create_many_with_outcomes(database.querier(), bulk, [("a",)]))
    assert caught.value.outcome is Outcome.COMMITTED
    assert stored(observer, "SELECT email FROM users") == [("a",)]


def test_a_partitioned_table_returns_rows_in_order_too(via: Via, observer: psycopg.Connection) -> None:
    observer.execute("CREATE TABLE t (a int PRIMARY KEY) PARTITION BY HASH (a)")
    for part in range(4):
        observer.execute(f"CREATE TABLE t{part} PARTITION OF t FOR VALUES WITH (MODULUS 4, REMAINDER {part})".encode())
    bulk = BulkInsert("t.create", table="t", columns={"a": int}, returning=("a",), conflict=("a",))
    places = list(range(500, 0, -1))

    async def body(database: Database) -> list[Any]:
        made = await create_many(database.querier(), bulk, [(place,) for place in places])
        again = await create_many_with_outcomes(database.querier(), bulk, [(place,) for place in (501, 3, 502)])
        return [made, [each.is_inserted for each in again]]

    assert within(via, body) == [[(place,) for place in places], [True, False, True]]


def test_a_trigger_that_leaves_rows_out_is_said(users: Via, observer: psycopg.Connection) -> None:
    observer.execute("""
        CREATE FUNCTION odd() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN IF NEW.age % 2 = 0 THEN RETURN NULL; END IF; RETURN NEW; END $$;
        CREATE TRIGGER odd BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION odd();
    """)
    rows = [(f"u{age}", Role.MEMBER, age) for age in (1, 2, 3)]
    with pytest.raises(UnexpectedRowCount) as caught:
        within(users, lambda database: create_many(database.querier(), CREATE_MANY, rows))
    assert caught.value.outcome is Outcome.COMMITTED


KINDS: list[tuple[str, Any, str, list[Any]]] = [
    ("text", str, "", ["", "ü", "'\\%", "x" * 5000]),
    ("text", str | None, "", [None, "a"]),
    ("int2", int, "", [-32768, 32767]),
    ("int2", int, "smallint", [-32768, 32767]),
    ("int8", int, "", [-(1 << 63), (1 << 63) - 1]),
    ("numeric", int, "", [1, 1 << 62]),
    ("numeric(30,2)", Decimal, "", [Decimal("1.50"), Decimal("-99999999999999999999.99")]),
    ("numeric", Decimal, "numeric", [Decimal("1.5"), 3]),
    ("float8", float, "", [1.5, float("inf"), 3]),
    ("float4", float, "real", [1.5, -2.0]),
    ("bool", bool, "", [True, False]),
    ("bool", bool | None, "", [True, None]),
    ("bytea", bytes, "", [b"", b"\0\xff"]),
    ("bytea", bytes, "", [bytearray(b"a"), memoryview(b"b")]),
    ("uuid", UUID, "", [uuid4()]),
    ("uuid", str, "uuid", ["00000000-0000-0000-0000-000000000001"]),
    ("timestamptz", datetime, "", [datetime(2020, 1, 2, 3, 4, 5, 6, tzinfo=UTC), datetime.max.replace(tzinfo=UTC)]),
    ("timestamp", datetime, "timestamp", [datetime(2020, 1, 2, 3, 4, 5, 6)]),  # noqa: DTZ001 - what is tested
    ("date", date, "", [date.min, date.max]),
    ("interval", timedelta, "", [timedelta(days=-3, microseconds=5)]),
    ("jsonb", dict, "", [{"a": [1, None]}, {}]),
    ("jsonb", Jsonb, "", [Jsonb([1, 2]), Jsonb(None)]),
    ("jsonb", list[int], "jsonb", [[1, 2], []]),
    ("json", dict | None, "json", [{"a": 1}, None]),
    ("text[]", list[str], "", [["a", "b,c", '"'], [], ["ü"]]),
    ("int4[]", list[int] | None, "int4[]", [[1, 2], None, [3]]),
    ("int4range", str, "int4range", ["[1,4)"]),
    ("inet", str | None, "inet", ["10.0.0.0/8", None]),
    ("text", Colour, "text", [Colour("red")]),
]


@pytest.mark.parametrize(("type_name", "kind", "named", "values"), KINDS)
@pytest.mark.parametrize("via", [Way.DIRECT], indirect=True)  # values are the same behind a pooler
def test_values_arrive_as_they_are(
    via: Via, observer: psycopg.Connection, type_name: str, kind: Any, named: str, values: list[Any]
) -> None:
    observer.execute(f"CREATE TABLE t (at int, value {type_name}); CREATE TABLE u (LIKE t)".encode())
    types = {"value": named} if named else {}
    bulk = BulkInsert("t.create", table="t", columns={"at": int, "value": kind}, types=types)
    within(via, lambda db: create_many(db.querier(), bulk, list(enumerate(values))))
    for place, value in enumerate(values):
        sent = value.name if isinstance(value, Colour) else value
        if isinstance(sent, (dict, list)) and "json" in type_name:
            sent = Jsonb(sent)
        observer.execute(f"INSERT INTO u VALUES (%s, %s::{type_name})".encode(), [place, sent])
    assert stored(observer, "SELECT * FROM t ORDER BY at") == stored(observer, "SELECT * FROM u ORDER BY at")


def test_the_pools_json_codec_is_used(via: Via, observer: psycopg.Connection) -> None:
    observer.execute("CREATE TABLE t (value jsonb)")
    bulk = BulkInsert("t.create", table="t", columns={"value": dict})
    types = [JsonCodec(lambda value: json.dumps({"by": value}), json.loads)]
    within(via, lambda db: create_many(db.querier(), bulk, [({"a": 1},)]), types=types)
    assert stored(observer, "SELECT value FROM t") == [({"by": {"a": 1}},)]


def test_a_value_that_is_no_json_leaves_the_unit_usable(via: Via, observer: psycopg.Connection) -> None:
    observer.execute("CREATE TABLE t (value jsonb)")
    bulk = BulkInsert("t.create", table="t", columns={"value": dict})

    async def body(db: Database) -> None:
        async with UnitOfWork(db).begin() as transaction:
            with pytest.raises(InvalidParameter, match="column value"):
                await create_many(transaction, bulk, [({"a": object()},)])
            await create_many(transaction, bulk, [({"a": 1},)])

    within(via, body)
    assert stored(observer, "SELECT count(*) FROM t") == [(1,)]


def test_names_may_be_anything(via: Via, observer: psycopg.Connection) -> None:
    observer.execute('CREATE SCHEMA "odd %s"; CREATE TABLE "odd %s"."a ""b" ("c %(d)s" int, "select" text)')
    bulk = BulkInsert(
        "odd", table='odd %s.a "b', columns={"c %(d)s": int, "select": str}, returning=("c %(d)s",), conflict=()
    )

    async def body(db: Database) -> Any:
        made = await create_many(db.querier(), bulk, [(1, "a")])
        return made, await create_many_with_outcomes(db.querier(), bulk, [{"c %(d)s": 2, "select": "b"}])

    made, outcomes = within(via, body)
    assert made == [(1,)]
    assert outcomes[0].row == (2,)


def test_a_migration_between_two_batches_is_not_seen(users: Via, observer: psycopg.Connection) -> None:
    bulk = BulkInsert("users.create", table="users", columns={"email": str}, returning=("id", "age"))

    async def body(database: Database) -> None:
        for place in range(8):
            await create_many(database.querier(), bulk, [(f"u{place}",)])
        observer.execute("ALTER TABLE users ALTER age TYPE bigint")
        assert len(await create_many(database.querier(), bulk, [("v",), ("w",)])) == 2

    within(users, body, max_size=1)


def test_observers_are_told_of_the_statement(users: Via) -> None:
    events: list[Event] = []
    rows = [("a", Role.MEMBER, None), ("b", Role.MEMBER, None)]
    within(users, lambda database: create_many(database.querier(), CREATE_MANY, rows), observers=[events.append])
    assert [(e.op, e.rows) for e in events if isinstance(e, StatementDone)] == [("users.create_many", 2)]


def test_no_message_holds_a_value(users: Via) -> None:
    rows = [("secret@example.com", Role.MEMBER, None)] * 2
    with pytest.raises(DBError) as caught:
        within(users, lambda database: create_many(database.querier(), CREATE_MANY, rows))
    assert "secret" not in str(caught.value)


def test_null_where_the_table_has_none_is_named(users: Via) -> None:
    bulk = BulkInsert("users.create", table="users", columns={"email": str | None})
    with pytest.raises(NotNullViolation) as caught:
        within(users, lambda database: create_many(database.querier(), bulk, [(None,)]))
    assert caught.value.column == "email"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"columns": {}}, "no columns"),
        ({"columns": {"a": object}}, "no type of PostgreSQL"),
        ({"columns": {"a": list[object]}}, "no type of PostgreSQL"),
        ({"types": {"b": "text"}}, "columns lacks"),
        ({"returning": "a"}, "tuples"),
        ({"conflict_where": "a > 0"}, "conflict does not name"),
    ],
)
def test_a_declaration_that_cannot_be_meant_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(StatementError, match=said):
        BulkInsert(**{"name": "t.create", "table": "t", "columns": {"a": int}, **changes})


def test_the_text_does_not_depend_on_the_rows() -> None:
    assert CREATE_MANY.statement.text == (
        'INSERT INTO "users" ("email", "role", "age")\n'
        'SELECT v."email", v."role"::role, v."age"\n'
        'FROM (SELECT pg_catalog.unnest(%(email)s::text[]) AS "email", pg_catalog.unnest(%(role)s::text[]) AS "role",'
        ' pg_catalog.unnest(%(age)s::int8[]) AS "age") v\n'
        'RETURNING "number", "email"'
    )
