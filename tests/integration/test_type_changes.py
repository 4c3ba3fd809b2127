"""What a server does to a table when a column's type changes is what the table of such changes says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest
from type_changes import CASES, PREPARED

from whimbrel.schema.type_change import TypeChange

if TYPE_CHECKING:
    from typing import LiteralString

FILES = "select oid::text, relfilenode from pg_class where relname in ('x', 'xi') order by relname"


def measured(connection: psycopg.Connection, old: LiteralString, new: LiteralString) -> TypeChange:
    connection.execute(f"drop table if exists x; create table x (c {old}); create index xi on x (c)")
    before = connection.execute(FILES).fetchall()
    try:
        with connection.transaction():
            connection.execute(f"alter table x alter c type {new}")
    except psycopg.errors.DatatypeMismatch:
        connection.execute(f"alter table x alter c type {new} using c::{new}")
    after = connection.execute(FILES).fetchall()
    table, index = (one[1] != other[1] for one, other in zip(before, after, strict=True))
    return TypeChange.REWRITE if table else TypeChange.REINDEX if index else TypeChange.NONE


def test_the_server_does_what_is_written(database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute(f"{PREPARED}; set timezone = 'UTC'")
        differing = {}
        for old, new, expected in CASES:
            if (seen := measured(connection, old, new)) is not expected:
                differing[old, new] = seen
    assert differing == {}


@pytest.mark.parametrize(
    ("table", "change", "said"),
    [
        ("c varchar(5) check (c <> '')", "varchar(10)", {'verifying table "x"'}),
        ("c varchar(5) check (c <> '')", "varchar(5)", {'verifying table "x"'}),
        ("c varchar(5)); alter table x add check (c <> '') not valid; select (1", "varchar(10)", set()),
        ("c varchar(5)); create index i on x ((1)) where (c <> ''", "varchar(5)", {'building index "i" on table "x"'}),
        ("c varchar(5)); create index i on x (lower(c)", "varchar(10)", {'building index "i" on table "x"'}),
        ("c text, d int); create index i on x (d) include (c", 'text collate "C"', set()),
    ],
)
def test_a_change_without_rewrite_checks_and_builds(
    database: str, table: LiteralString, change: LiteralString, said: set[str]
) -> None:
    heard: set[str] = set()
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(f"create table x ({table}); set client_min_messages = debug1")
        connection.add_notice_handler(lambda notice: heard.add(str(notice.message_primary).removesuffix(" serially")))
        connection.execute(f"alter table x alter c type {change}")
    kept = {one for one in heard if one.startswith(("verifying", "building", "rewriting")) and "pg_toast" not in one}
    assert kept == said
