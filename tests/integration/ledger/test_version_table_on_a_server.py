"""The version table as a server holds it: rights, views, comments, odd rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from whimbrel.errors import NoSchema, VersionTableError
from whimbrel.ledger import version_table
from whimbrel.migration.state import DatabaseState
from whimbrel.postgres.connection import Session
from whimbrel.postgres.conninfo import parse_url

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg


@pytest.fixture
def session(database: str) -> Iterator[Session]:
    opened = Session.open(parse_url(database))
    yield opened
    opened.close()


def found(session: Session, schema: str = "", table: str = "schema_migrations") -> version_table.VersionTable:
    return version_table.read(session, version_table.find_place(session, schema, table))


def test_no_table_is_no_version(session: Session) -> None:
    table = found(session)
    assert (table.exists, table.state) == (False, DatabaseState())


def test_the_table_that_we_make_is_golang_migrates(session: Session, observer: psycopg.Connection) -> None:
    session.rows(version_table.create_sql(found(session).place))
    columns = observer.execute(
        "SELECT string_agg(attname || ' ' || format_type(atttypid, -1) || ' ' || attnotnull, ', ' ORDER BY attnum)"
        " FROM pg_attribute WHERE attrelid = 'schema_migrations'::regclass AND attnum > 0"
    ).fetchone()
    assert columns == ("version bigint true, dirty boolean true",)
    table = found(session)
    assert table.exists
    assert table.may == {"SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE"}
    assert table.may_comment


@pytest.mark.parametrize("state", [DatabaseState(5), DatabaseState(7, dirty=True), DatabaseState(-1, dirty=True)])
@pytest.mark.parametrize("before", [(), (3,), (3, 4)])
def test_the_row_that_is_written_is_the_one_that_is_read(
    session: Session, observer: psycopg.Connection, before: tuple[int, ...], state: DatabaseState
) -> None:
    session.rows(version_table.create_sql(found(session).place))
    for version in before:
        observer.execute("INSERT INTO schema_migrations VALUES (%s, false)", [version])
    session.pipeline(version_table.write_sql(found(session), state))
    assert found(session).state == state
    session.pipeline(version_table.write_sql(found(session), DatabaseState()))
    assert found(session).versions == ()


def test_a_view_is_read_and_written_through(session: Session, observer: psycopg.Connection) -> None:
    observer.execute("CREATE TABLE kept (version bigint, dirty boolean)")
    observer.execute("CREATE VIEW schema_migrations AS SELECT * FROM kept")
    table = found(session)
    assert (table.is_view, table.may_comment, table.state) == (True, False, DatabaseState())
    session.pipeline(version_table.write_sql(table, DatabaseState(3)))
    assert found(session).state == DatabaseState(3)


def test_names_may_be_anything(session: Session, observer: psycopg.Connection) -> None:
    observer.execute('CREATE SCHEMA "my ""schema"')
    table = found(session, 'my "schema', "o'clock.\\ table")
    session.rows(version_table.create_sql(table.place))
    session.pipeline(version_table.write_sql(found(session, 'my "schema', "o'clock.\\ table"), DatabaseState(1)))
    assert found(session, 'my "schema', "o'clock.\\ table").state == DatabaseState(1)


def test_a_name_that_the_server_cuts_is_found_again(session: Session) -> None:
    session.rows(version_table.create_sql(found(session, table="x" * 80).place))
    assert found(session, table="x" * 80).exists
    assert found(session, table="x" * 63).exists


def test_a_users_comment_is_kept_with_its_quotes(session: Session, observer: psycopg.Connection) -> None:
    session.rows(version_table.create_sql(found(session).place))
    session.rows(version_table.comment_sql(found(session).place, "it's \\ ours\nall of it"))
    assert found(session).users_comment == "it's \\ ours\nall of it"
    session.rows(version_table.comment_sql(found(session).place, ""))
    assert found(session).comment == ""


def test_no_current_schema_is_said(session: Session) -> None:
    session.rows("SET search_path = nope")
    with pytest.raises(NoSchema):
        found(session)


@pytest.mark.parametrize(
    ("columns", "problem"),
    [("version text", "dirty"), ("version int, dirty text", "holds a row"), ("dirty boolean", "version")],
)
def test_a_table_of_other_columns_is_refused(
    session: Session, observer: psycopg.Connection, columns: str, problem: str
) -> None:
    observer.execute(f"CREATE TABLE schema_migrations ({columns})".encode())
    if "int" in columns:
        observer.execute("INSERT INTO schema_migrations (dirty) VALUES ('perhaps')")
    with pytest.raises(VersionTableError, match=problem):
        _ = found(session).state
