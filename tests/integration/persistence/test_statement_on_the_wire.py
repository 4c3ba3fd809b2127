"""What a statement binds is what PostgreSQL takes, and its rows are what the row type says."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from psycopg.types.json import Jsonb

from whimbrel.persistence.rows import list_mapper, mapper
from whimbrel.persistence.statement import Statement

if TYPE_CHECKING:
    from datetime import datetime

    import psycopg


class Size(StrEnum):
    SMALL = "small"
    LARGE = "large"


@dataclass(frozen=True, slots=True)
class Item:
    id: UUID
    size: Size
    price: Decimal
    tags: list[str]
    facts: dict[str, Any]
    made: datetime
    note: str | None


SAVE = Statement(
    "items.save",
    "INSERT INTO items (id, size, price, tags, facts, note)"
    " VALUES (%(id)s, %(size)s, %(price)s, %(tags)s, %(facts)s, %(note)s) RETURNING *",
    row=Item,
    params={"id": UUID, "size": Size, "price": Decimal, "tags": list[str], "facts": Jsonb, "note": str | None},
)


def run(connection: psycopg.Connection, statement: Statement[Any], **values: object) -> list[Any]:
    cursor = connection.execute(statement.text.encode(), statement.bind(values), prepare=True)
    columns = [column.name for column in cursor.description or ()]
    rows = cursor.fetchall()
    mapped = list_mapper(statement.row, columns, op=statement.name)(rows)
    one = mapper(statement.row, columns, op=statement.name)
    assert mapped == [one(row) for row in rows]
    return mapped


def test_what_is_saved_comes_back(observer: psycopg.Connection) -> None:
    observer.execute("""
        CREATE TYPE size AS ENUM ('small', 'large');
        CREATE TABLE items (id uuid PRIMARY KEY, size size, price numeric, tags text[], facts jsonb,
                            made timestamptz DEFAULT now(), note text)""")
    values = {"id": uuid4(), "size": Size.LARGE, "price": Decimal("1.50"), "tags": ["a", "é"], "facts": {"a": [1]}}
    (item,) = run(observer, SAVE, **values, note=None)
    assert {name: getattr(item, name) for name in values} == values
    assert type(item.size) is Size
    assert item.note is None


def test_an_int_of_any_size_is_one_prepared_statement(observer: psycopg.Connection) -> None:
    count = Statement("numbers.add", "SELECT 100%%7 + %(n)s", row=int, params={"n": int})
    assert [run(observer, count, n=n) for n in (1, 70_000, 2**40)] == [[3], [70_002], [2 + 2**40]]
    prepared = observer.execute(
        "SELECT parameter_types::text FROM pg_prepared_statements WHERE statement LIKE '%%100%%'", {}
    )
    assert prepared.fetchall() == [("{bigint}",)]


def test_a_statement_without_parameters_is_run_with_none(observer: psycopg.Connection) -> None:
    assert run(observer, Statement("percent.sign", "SELECT '100%%'", row=str)) == ["100%"]
