"""The sync toolkit has the same batches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from whimbrel.persistence.bulk_insert import BulkInsert
from whimbrel.persistence.errors import (
    CheckViolation,
    HandleClosed,
    InvalidParameter,
    TransactionRolledBack,
    UniqueViolation,
)
from whimbrel.persistence.statement import Statement
from whimbrel.persistence.sync import Database, UnitOfWork
from whimbrel.persistence.sync.batch import copy_in, create_many, create_many_with_outcomes, execute_many, stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg
    from fix_pgbouncer import Via

BULK = BulkInsert(
    "users.create", table="users", columns={"id": int, "email": str}, returning=("id",), row=int, conflict=("email",)
)
ALL = Statement("users.all", "SELECT id FROM users WHERE id > %(least)s ORDER BY id", int, {"least": int})
DELETE = Statement("users.delete", "DELETE FROM users WHERE id = %(id)s", params={"id": int})


@pytest.fixture
def users(via: Via, observer: psycopg.Connection) -> Iterator[Database]:
    observer.execute("CREATE TABLE users (id int PRIMARY KEY CHECK (id >= 0), email text UNIQUE)")
    with Database.open(via.url, via.settings(max_size=2)) as opened:
        yield opened
        assert opened.statistics().held == 0


def rows(count: int) -> list[tuple[int, str]]:
    return [(place, f"u{place}") for place in range(count)]


def test_many_rows_are_created(users: Database) -> None:
    assert create_many(users.querier(), BULK, rows(1500)) == list(range(1500))
    with pytest.raises(UniqueViolation):
        create_many(users.querier(), BULK, [(2000, "a"), (2000, "b")])
    with pytest.raises(InvalidParameter, match="column email takes str and got None, in row 1"):
        create_many(users.querier(), BULK, [(2000, "a"), (2001, None)])


def test_each_row_has_its_outcome(users: Database) -> None:
    create_many(users.querier(), BULK, rows(3))
    outcomes = create_many_with_outcomes(users.querier(), BULK, [(7, "u1"), (8, "u8"), (9, "u8")])
    assert [(each.is_inserted, each.row) for each in outcomes] == [(False, None), (True, 8), (False, None)]


@pytest.mark.parametrize("of", [list, iter], ids=["list", "iterator"])
def test_rows_are_copied(users: Database, observer: psycopg.Connection, of: Any) -> None:
    assert copy_in(users.querier(), "users", {"id": int, "email": str}, of(rows(2500))) == 2500
    with pytest.raises(CheckViolation, match="in row 1 of the input"):
        copy_in(users.querier(), "users", {"id": int, "email": str}, [(9000, "a"), (-1, "b")])
    assert observer.execute("SELECT count(*) FROM users").fetchone() == (2500,)


def test_items_are_run_in_a_pipeline(users: Database) -> None:
    create_many(users.querier(), BULK, rows(1500))
    assert execute_many(users.querier(), DELETE, [{"id": place} for place in (5, 5, 7000, 6)]) == [1, 0, 0, 1]
    with UnitOfWork(users).begin() as transaction:
        assert execute_many(transaction, DELETE, ({"id": place} for place in range(1500))).count(1) == 1498


def test_a_result_is_streamed(users: Database) -> None:
    create_many(users.querier(), BULK, rows(1500))
    with stream(users.querier(), ALL, size=100, least=9) as read:
        assert list(read) == list(range(10, 1500))
    with UnitOfWork(users).begin() as transaction:
        with stream(transaction, ALL, size=100, least=-1) as read:
            assert next(read) == 0
            assert transaction.execute(DELETE, id=3) == 1
        with pytest.raises(HandleClosed):
            next(read)


def test_a_failed_load_ends_the_unit(users: Database) -> None:
    def load() -> None:
        with UnitOfWork(users).begin() as transaction, pytest.raises(InvalidParameter):
            copy_in(transaction, "users", {"id": int, "email": str}, [(1, 5)])

    with pytest.raises(TransactionRolledBack):
        load()
