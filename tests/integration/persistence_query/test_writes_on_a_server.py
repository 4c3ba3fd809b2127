"""A save, a deletion and a restoration change the rows that they should, and no others."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from psycopg import errors

from whimbrel.persistence.errors import InvalidParameter, StatementError
from whimbrel.persistence.write_builder import Insert, SoftDelete, Upsert

if TYPE_CHECKING:
    import psycopg

SCHEMA = """
    CREATE TABLE "user" (
        id uuid PRIMARY KEY,
        email varchar(255) NOT NULL,
        name varchar(100) NOT NULL,
        "order" integer,
        changed_at timestamptz,
        deleted_at timestamptz,
        version integer NOT NULL DEFAULT 1
    );
    CREATE UNIQUE INDEX user_email_key ON "user" (lower(email)) WHERE deleted_at IS NULL;
"""
COLUMNS = {"id": UUID, "email": str, "name": str}
ADD = Insert("user.add", "public.user", {**COLUMNS, "order": int}, returning=("order", "version"))
SAVE = Upsert("user.save", "user", COLUMNS, key=("id",), update=("email", "name"), soft_delete="deleted_at")
KEEP = Upsert("user.keep", "user", COLUMNS, key=("id",), update=(), returning=("id",))
SAVE_CHECKED = Upsert(
    "user.save_checked",
    "user",
    COLUMNS,
    key=("id",),
    update=("name",),
    version="version",
    soft_delete="deleted_at",
    returning=("version",),
)
HIDE = SoftDelete("user.hide", "user", {"id": UUID}, touch=("changed_at",), version="version")
REMOVE = SoftDelete("user.remove", "user", {"id": UUID}, returning=("name",))
ID = UUID(int=1)
NOW = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.fixture
def user(observer: psycopg.Connection) -> psycopg.Connection:
    observer.execute(SCHEMA)
    return observer


def run(connection: psycopg.Connection, call: Any) -> Any:
    """The rows of a call if it returns some, else how many it affected."""
    statement, values = call
    cursor = connection.execute(statement.text.encode(), statement.bind(values))
    return cursor.fetchall() if cursor.description else cursor.rowcount


def ann(name: str = "Ann", **more: object) -> dict[str, Any]:
    return {"id": ID, "email": "a@x", "name": name, **more}


def names(connection: psycopg.Connection) -> list[Any]:
    return [name for (name,) in connection.execute('SELECT name FROM "user" ORDER BY id')]


def test_an_insert_returns_what_the_server_made(user: psycopg.Connection) -> None:
    assert run(user, ADD.insert(**ann(order=3))) == [(3, 1)]
    with pytest.raises(errors.UniqueViolation):
        run(user, ADD.insert(**ann(order=3)))


def test_a_save_inserts_and_then_updates(user: psycopg.Connection) -> None:
    assert run(user, SAVE.save(**ann())) == 1
    assert run(user, SAVE.save(**ann("Anna"))) == 1
    assert names(user) == ["Anna"]


def test_a_save_of_another_row_with_the_same_email_is_refused(user: psycopg.Connection) -> None:
    run(user, SAVE.save(**ann()))
    with pytest.raises(errors.UniqueViolation) as raised:
        run(user, SAVE.save(id=UUID(int=2), email="A@X", name="Ann"))
    assert raised.value.diag.constraint_name == "user_email_key"


def test_a_save_does_not_bring_back_a_deleted_row(user: psycopg.Connection) -> None:
    run(user, SAVE.save(**ann()))
    run(user, REMOVE.delete(at=NOW, id=ID))
    assert run(user, SAVE.save(**ann("Anna"))) == 0
    assert names(user) == ["Ann"]


def test_an_upsert_that_updates_nothing_leaves_the_row(user: psycopg.Connection) -> None:
    assert run(user, KEEP.save(**ann())) == [(ID,)]
    assert run(user, KEEP.save(**ann("Anna"))) == []
    assert names(user) == ["Ann"]


def test_a_versioned_row_counts_its_saves(user: psycopg.Connection) -> None:
    assert run(user, SAVE_CHECKED.save(**ann(version=0))) == [(1,)]
    assert run(user, SAVE_CHECKED.save(**ann("Anna", version=1))) == [(2,)]
    assert run(user, SAVE_CHECKED.save(**ann("Anne", version=2))) == [(3,)]
    assert names(user) == ["Anne"]


@pytest.mark.parametrize("version", [0, 1, 3, 99])
def test_a_save_of_another_version_changes_nothing(version: int, user: psycopg.Connection) -> None:
    run(user, SAVE_CHECKED.save(**ann(version=0)))
    run(user, SAVE_CHECKED.save(**ann(version=1)))
    assert run(user, SAVE_CHECKED.save(**ann("Anna", version=version))) == []
    assert names(user) == ["Ann"]


def test_a_versioned_save_does_not_bring_back_a_row_that_is_gone(user: psycopg.Connection) -> None:
    run(user, SAVE_CHECKED.save(**ann(version=0)))
    run(user, HIDE.delete(at=NOW, id=ID, version=1))
    assert run(user, SAVE_CHECKED.save(**ann("Anna", version=2))) == []
    user.execute('DELETE FROM "user"')
    assert run(user, SAVE_CHECKED.save(**ann("Anna", version=2))) == []
    assert names(user) == []


def test_a_row_is_deleted_once_and_restored_once(user: psycopg.Connection) -> None:
    run(user, SAVE.save(**ann()))
    assert run(user, REMOVE.restore(id=ID)) == []
    assert run(user, REMOVE.delete(at=NOW, id=ID)) == [("Ann",)]
    assert run(user, REMOVE.delete(at=NOW, id=ID)) == []
    assert run(user, REMOVE.restore(id=ID)) == [("Ann",)]
    assert run(user, REMOVE.restore(id=ID)) == []


def test_a_deletion_counts_the_version_and_touches(user: psycopg.Connection) -> None:
    run(user, SAVE_CHECKED.save(**ann(version=0)))
    assert run(user, HIDE.delete(at=NOW, id=ID, version=7)) == 0
    assert run(user, HIDE.delete(at=NOW, id=ID, version=1)) == 1
    row = user.execute('SELECT deleted_at, changed_at, version FROM "user"').fetchone()
    assert row == (NOW, NOW, 2)
    later = NOW.replace(year=2025)
    assert run(user, HIDE.restore(at=later, id=ID, version=2)) == 1
    row = user.execute('SELECT deleted_at, changed_at, version FROM "user"').fetchone()
    assert row == (None, later, 3)


def test_a_restoration_whose_place_is_taken_is_refused(user: psycopg.Connection) -> None:
    run(user, SAVE.save(**ann()))
    run(user, REMOVE.delete(at=NOW, id=ID))
    run(user, SAVE.save(id=UUID(int=2), email="A@x", name="Other"))
    with pytest.raises(errors.UniqueViolation):
        run(user, REMOVE.restore(id=ID))


def test_a_value_that_is_missing_or_unknown_is_refused(user: psycopg.Connection) -> None:
    for values in ({"id": ID}, ann(nick="x"), ann(version=0, nick="x"), ann(version=1, nick="x")):
        for builder in (SAVE, SAVE_CHECKED):
            with pytest.raises(InvalidParameter):
                run(user, builder.save(**values))
    with pytest.raises(InvalidParameter):
        run(user, HIDE.restore(id=ID, version=1))


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("'nick' is not among its columns", {"key": ("nick",)}),
    ("'nick' is not among its columns", {"update": ("nick",)}),
    ("needs a key", {"key": ()}),
    ("must not update it", {"update": ("id",)}),
    ("must not be among its columns", {"version": "name"}),
    ("is no name", {"soft_delete": 'x" --'}),
    ("is no name", {"returning": ("*",)}),
    ("it has no columns", {"columns": {}}),
]


@pytest.mark.parametrize(("message", "changed"), WRONG)
def test_what_cannot_be_meant_is_refused_at_its_declaration(message: str, changed: dict[str, Any]) -> None:
    arguments: dict[str, Any] = {"columns": COLUMNS, "key": ("id",), "update": ("name",), **changed}
    with pytest.raises(StatementError, match=message):
        Upsert("user.save", "user", **arguments)


def test_a_table_with_a_quote_in_its_name_stays_one_name() -> None:
    assert 'INSERT INTO "a""b"."c d" (' in Insert("x.y", 'a"b.c d', {"id": UUID}).statement.text
    with pytest.raises(StatementError, match="called 'at'"):
        SoftDelete("x.y", "t", {"at": int})
