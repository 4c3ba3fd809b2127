"""The server says what names stand for, and finds by them what statements made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from whimbrel.sql.concurrently import parse_create_index, parse_detach, parse_drop_index
from whimbrel.sql.reader import Reader

if TYPE_CHECKING:
    import psycopg

NAMES = [
    "Abc",
    "ÄBC",
    "a$b",
    '"Abc"',
    '"a""b"',
    'U&"d\\0061t\\+000061"',
    'u&"\\\\ \\D83D\\DE00"',
    "U&\"d!0061\" uescape '!'",
    "a" * 70,
    '"' + "é" * 40 + '"',
    '"' + "x" * 62 + '€"',
]


@pytest.mark.parametrize("written", NAMES)
def test_a_name_is_the_servers(written: str, observer: psycopg.Connection) -> None:
    observer.execute("set client_min_messages = error")
    row = observer.execute(f"create table {written} (); select relname from pg_class where relnamespace = "
                           "'public'::regnamespace".encode())  # fmt: skip
    assert row.nextset()
    assert row.fetchone() == (Reader(written).name(),)


INDEXES = [
    "create index concurrently on t (a)",
    "create unique index concurrently Idx on only public . T (a) -- c",
    'create index concurrently "I ""x""; y" on "S"."T.t" using btree (a desc) where a > 0;',
    'create index concurrently U&"\\0441" on u&"!0053" uescape \'!\' . /* c */ "T.t" (a) include (b)',
    f"create index concurrently if not exists {'X' * 70} on {'Y' * 70} (a)",
]


@pytest.mark.parametrize("text", INDEXES)
def test_the_server_finds_an_index_by_its_parts(text: str, observer: psycopg.Connection) -> None:
    observer.execute(
        f'create table t (a int, b int); create schema "S"; create table "S"."T.t" (a int, b int);'
        f"set client_min_messages = error; create table {'y' * 63} (a int, b int)".encode()
    )
    index = parse_create_index(text)
    assert index is not None
    observer.execute(text.encode())
    found = observer.execute(
        "select c.relname, i.indisunique, i.indexrelid::regclass::text, c.relnamespace::regnamespace::text"
        " from pg_index i join pg_class c on c.oid = i.indexrelid where i.indrelid = to_regclass(%s)",
        [index.table],
    ).fetchall()
    ((name, unique, qualified, schema),) = found
    assert (index.name or name, index.unique) == (name, unique)
    observer.execute(
        f"create table {schema}.copy (like {index.table}); create index on {schema}.copy {index.rest}".encode()
    )
    drop = parse_drop_index(f"drop index concurrently {qualified}, {qualified}")
    assert drop is not None
    row = observer.execute("select to_regclass(%s), to_regclass(%s)", list(drop.names)).fetchone()
    assert row == (qualified, qualified)


@pytest.mark.pg(">= 14")
def test_the_server_finds_a_detached_partition_by_its_parts(observer: psycopg.Connection) -> None:
    observer.execute('create table "P 1" (a int) partition by list (a); create table c partition of "P 1" default')
    detach = parse_detach('alter table only public."P 1" detach partition public . C')
    assert detach is not None
    query = "select 1 from pg_inherits where inhparent = to_regclass(%s) and inhrelid = to_regclass(%s)"
    assert observer.execute(query, [detach.parent, detach.partition]).fetchall() == [(1,)]
