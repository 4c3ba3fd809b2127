"""Each bad input is one clear error through both doors: what, where, why, what to do; and nothing is changed."""

from __future__ import annotations

import os
import re
import stat
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import psycopg
import pytest
from doors import VAGUE, Door
from replay import database_state

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from fix_postgres import Server

PASSWORD = "pa:ss@w0rd/SECRET#1"


@pytest.fixture
def login(server: Server, server_connection: psycopg.Connection, database: str) -> Iterator[str]:
    """The URL of `database` for a role that may log in and nothing else; its password is not easy to write."""
    name = "bad_input_" + urlsplit(database).path.rpartition("_")[2]
    server_connection.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}'".encode())
    parts = urlsplit(database)
    yield f"postgres://{name}:{quote(PASSWORD, safe='')}@{parts.hostname}:{parts.port}{parts.path}?sslmode=disable"
    with psycopg.connect(database, autocommit=True) as operator:
        operator.execute(f"DROP OWNED BY {name}".encode())
    server_connection.execute(f"DROP ROLE {name}".encode())


def role(login: str) -> str:
    return urlsplit(login).username or ""


def without_ours(observer: psycopg.Connection) -> list[str]:
    """What the database holds beside the version table and the journal."""
    return [line for line in database_state(observer)["catalog"] if "schema_migrations" not in line]


def versions(observer: psycopg.Connection, table: str = "schema_migrations") -> list[tuple[int, bool]]:
    return observer.execute(f"SELECT version, dirty FROM {table} ORDER BY 1".encode()).fetchall()


def test_a_missing_directory(door: Door, tmp_path: Path, database: str, observer: psycopg.Connection) -> None:
    said = door.refuses(tmp_path / "nope", database)
    assert "no such file or directory" in said
    assert str(tmp_path / "nope") in said
    assert database_state(observer)["catalog"] == []


def test_a_file_where_a_directory_should_be(door: Door, folder: Path, database: str) -> None:
    assert "not a directory" in door.refuses(folder / "1_first.up.sql", database)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_directory_that_may_not_be_read(door: Door, folder: Path, database: str) -> None:
    folder.chmod(0)
    try:
        assert "permission denied" in door.refuses(folder, database)
    finally:
        folder.chmod(stat.S_IRWXU)


def test_a_duplicate_version(door: Door, folder: Path, database: str, observer: psycopg.Connection) -> None:
    (folder / "01_other.up.sql").write_text("SELECT 1;")
    assert "duplicate migration file: 1_first.up.sql" in door.refuses(folder, database)
    assert database_state(observer)["catalog"] == []


@pytest.mark.parametrize("number", [2**63, 2**64, 10**30])
def test_a_number_that_no_bigint_holds(door: Door, folder: Path, database: str, number: int) -> None:
    (folder / f"{number}_big.up.sql").write_text("SELECT 1;")
    assert f"{number} is over 9223372036854775807" in door.refuses(folder, database)


def dangling_link(path: Path) -> None:
    path.symlink_to("nowhere")


def link_to_directory(path: Path) -> None:
    path.symlink_to(path.parent)


def text(content: str) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content.encode(errors="surrogateescape"))


BAD_FILES: dict[str, tuple[Callable[[Path], object], list[str]]] = {
    "a dangling link": (dangling_link, ["2_bad.up.sql", "no such file or directory"]),
    "a link to a directory": (link_to_directory, ["2_bad.up.sql", "is a directory"]),
    "NUL": (text("SELECT 1;\nSELECT '\x00';"), ["2_bad.up.sql:2:9", "NUL"]),
    "no UTF-8": (text("SELECT 1;\n-- caf\udce9\n"), ["2_bad.up.sql:2:7", "0xe9 is no UTF-8"]),
    "a psql command": (text("SELECT 1;\n\\d first\n"), ["2_bad.up.sql:2:1", "psql"]),
    "COPY data": (text("CREATE TABLE c (a text);\nCOPY c FROM stdin;\na\n\\.\n"), ["2_bad.up.sql:2:1", "COPY"]),
    "BEGIN without COMMIT": (text("SELECT 1;\nBEGIN;\nCREATE TABLE b ();\n"), ["2_bad.up.sql:2:1", "never committed"]),
}


@pytest.mark.parametrize("what", BAD_FILES)
def test_a_file_that_cannot_be_run(
    door: Door, what: str, folder: Path, database: str, observer: psycopg.Connection
) -> None:
    make, parts = BAD_FILES[what]
    make(folder / "2_bad.up.sql")
    (folder / "3_last.up.sql").write_text("CREATE TABLE last ();")
    said = door.refuses(folder, database)
    assert [part for part in parts if part not in said] == []
    assert versions(observer) == [(1, False)]
    assert [line for line in without_ours(observer) if line.startswith("table")] == ["table public.first"]


UNFINISHED = {
    "string": ("SELECT 1;\nSELECT 'abc;\n", "unterminated quoted string"),
    "identifier": ('SELECT 1;\nSELECT "abc;\n', "unterminated quoted identifier"),
    "dollar quote": ("SELECT 1;\nDO $a$ BEGIN $b$;\n", "unterminated dollar-quoted string"),
    "comment": ("SELECT 1;\n/* abc /* */ ;\n", "unterminated /* comment"),
}


@pytest.mark.parametrize("what", UNFINISHED)
def test_what_is_opened_and_never_closed(
    door: Door, what: str, folder: Path, database: str, observer: psycopg.Connection
) -> None:
    content, reason = UNFINISHED[what]
    (folder / "2_bad.up.sql").write_text(content)
    said = door.run(folder, database, "up")
    assert said.code == 1
    assert len(said.errors) == 1
    assert reason in said.err
    assert "line 2" in said.err or "2_bad.up.sql:2" in said.err
    assert versions(observer) == [(1, False)]


@pytest.mark.parametrize("statement", ["DROP TABLE schema_migrations", "ALTER TABLE schema_migrations RENAME TO gone"])
def test_a_file_that_takes_the_version_table_away(
    door: Door, statement: str, folder: Path, database: str, observer: psycopg.Connection
) -> None:
    (folder / "2_bad.up.sql").write_text(f"CREATE TABLE b ();\n{statement};\n")
    assert "2_bad.up.sql" in door.refuses(folder, database)
    assert versions(observer) == [(1, False)]
    assert "table public.b" not in without_ours(observer)


def test_a_bom_is_read_past(door: Door, folder: Path, database: str, observer: psycopg.Connection) -> None:
    (folder / "2_bom.up.sql").write_bytes(b"\xef\xbb\xbfCREATE TABLE b ();\r\nSELECT nope;")
    said = door.run(folder, database, "up")
    assert said.code == 1
    assert 'column "nope" does not exist' in said.err
    (folder / "2_bom.up.sql").write_bytes(b"\xef\xbb\xbfCREATE TABLE b ();")
    assert door.run(folder, database, "up").code == 0
    assert versions(observer) == [(2, False)]


ALMOST = ["2_b.UP.sql", "2_b.up.sql.bak", "2_b.up.sql~", "b.up.sql", "2_b.sql", ".2_b.up.sql.swp"]


def test_names_that_are_almost_right_are_warned_of_once_each(door: Door, folder: Path, database: str) -> None:
    for name in ALMOST:
        (folder / name).write_text("CREATE TABLE never ();")
    (folder / "README.md").write_text("no migration")
    said = door.run(folder, database, "up")
    assert said.code == 0
    warned = [line for line in said.err.splitlines() if line.startswith("warning: ")]
    for name in ALMOST:
        found = [line for line in warned if line.startswith(f"warning: {name} is not run: ")]
        assert len(found) == 1, (name, warned)
    assert not any("README" in line for line in warned)


def test_wrong_credentials(door: Door, folder: Path, login: str, database: str) -> None:
    wrong = login.replace(quote(PASSWORD, safe=""), "wrongSECRET")
    assert "password authentication failed" in door.refuses(folder, wrong)


def test_a_password_with_reserved_characters_works_raw(door: Door, folder: Path, login: str) -> None:
    said = door.run(folder, login.replace(quote(PASSWORD, safe=""), PASSWORD), "version")
    assert "password" not in said.err
    assert "SECRET" not in said.err


def test_no_such_role(door: Door, folder: Path, database: str, server: Server) -> None:
    parts = urlsplit(database)
    url = f"postgres://nobody_here:SECRET@{parts.hostname}:{parts.port}{parts.path}?sslmode=disable"
    assert "nobody_here" in door.refuses(folder, url)


@pytest.mark.parametrize("scheme", ["postgres", "pgx5"])
@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("nosuchhost.invalid/app", "nosuchhost.invalid"),
        ("127.0.0.1:1/app", "refused"),
        ("/app?host=/nonexistent", "/nonexistent"),
        ("127.0.0.1:port/app", "invalid port"),
        ("127.0.0.1:99999/app", "99999"),
        ("127.0.0.1:1/app?x-migrations-table-quoted=maybe", "x-migrations-table-quoted"),
    ],
)
def test_no_way_to_a_server(door: Door, scheme: str, place: str, reason: str, folder: Path) -> None:
    said = door.run(folder, f"{scheme}://me:{PASSWORD}@{place}", "up")
    assert said.code == (2 if door.name == "whimbrel" and re.search("port|quoted", reason) else 1), said
    assert reason in said.err
    assert len(said.errors) == 1
    assert "SECRET" not in said.err
    assert not VAGUE.search(said.err)


@pytest.mark.parametrize(
    ("password", "reason"),
    [("SECRET", "failed to parse scheme from database URL: no scheme"), ("'b SECRET:c'", "unknown driver host=h")],
)
def test_migrate_refuses_libpqs_pairs_as_golang_migrate_does(folder: Path, password: str, reason: str) -> None:
    said = Door("migrate").run(folder, f"host=h dbname=d password={password}", "version")
    assert said.code == 1
    assert reason in said.err
    assert "SECRET" not in said.err


def test_no_such_database(door: Door, folder: Path, server: Server) -> None:
    url = urlsplit(server.url)._replace(path="/nope_nope").geturl()
    said = door.run(folder, url, "up")
    assert said.code == 1
    assert 'database "nope_nope" does not exist' in said.err
    assert server.password not in said.err


@pytest.mark.parametrize("word", ["up", "version", "force", "drop", "down", "goto"])
def test_no_command_shows_the_password(door: Door, word: str, folder: Path) -> None:
    words = {"force": ("force", "1"), "goto": ("goto", "1"), "down": ("down", "1")}.get(word, (word,))
    said = door.run(folder, f"postgres://me:{PASSWORD}@127.0.0.1:1/app", *words)
    assert said.code == 1
    assert "SECRET" not in said.err + said.out


def test_a_role_that_may_only_read(door: Door, folder: Path, login: str, observer: psycopg.Connection) -> None:
    observer.execute(f"ALTER ROLE {role(login)} SET default_transaction_read_only = on".encode())
    observer.execute(f"GRANT ALL ON SCHEMA public TO {role(login)}".encode())
    said = door.run(folder, login, "up")
    assert said.code == 1
    assert "read-only" in said.err
    assert len(said.errors) == 1
    assert without_ours(observer) == []


def make_table(observer: psycopg.Connection, *rows: str) -> None:
    observer.execute("CREATE TABLE schema_migrations (version bigint not null primary key, dirty boolean not null)")
    for row in rows:
        observer.execute(f"INSERT INTO schema_migrations VALUES ({row})".encode())


def test_no_right_to_make_the_version_table(door: Door, folder: Path, login: str) -> None:
    assert "permission denied for schema public" in door.refuses(folder, login)


def test_no_right_to_read_the_version_table(door: Door, folder: Path, login: str, observer: psycopg.Connection) -> None:
    make_table(observer, "1, false")
    said = door.refuses(folder, login)
    assert "permission denied" in said
    assert "GRANT SELECT" in said


def test_the_right_to_read_is_enough_for_what_only_reads(
    door: Door, folder: Path, login: str, observer: psycopg.Connection
) -> None:
    make_table(observer, "1, false")
    observer.execute(f"GRANT SELECT ON schema_migrations TO {role(login)}".encode())
    assert door.run(folder, login, "version").code == 0
    assert door.run(folder, login, "up").code == 0
    (folder / "2_more.up.sql").write_text("SELECT 1;")
    assert "schema_migrations" in door.refuses(folder, login)
    assert versions(observer) == [(1, False)]


ENOUGH = ("TRUNCATE, INSERT", "UPDATE, INSERT", "DELETE, INSERT", "UPDATE", "UPDATE, INSERT, DELETE")
NOT_ENOUGH = ("INSERT", "DELETE", "TRUNCATE")


@pytest.mark.parametrize("grants", [*ENOUGH, *NOT_ENOUGH])
def test_the_row_is_written_with_what_grants_there_are(
    door: Door, grants: str, folder: Path, login: str, observer: psycopg.Connection
) -> None:
    make_table(observer, "1, false")
    observer.execute(f"GRANT ALL ON SCHEMA public TO {role(login)}".encode())
    observer.execute(f"GRANT SELECT, {grants} ON schema_migrations TO {role(login)}".encode())
    (folder / "2_more.up.sql").write_text("CREATE TABLE more ();")
    if grants in ENOUGH:
        assert door.run(folder, login, "up").code == 0
        assert versions(observer) == [(2, False)]
    else:
        assert "may not write the version table" in door.refuses(folder, login)
        assert versions(observer) == [(1, False)]
        assert "table public.more" not in without_ours(observer)


@pytest.mark.parametrize("words", [("up",), ("down", "1"), ("goto", "1"), ("version",)], ids=" ".join)
def test_several_rows_are_shown_and_refused(
    door: Door, words: tuple[str, ...], folder: Path, database: str, observer: psycopg.Connection
) -> None:
    make_table(observer, "1, false", "2, true")
    assert "holds several rows: 1, 2 (dirty)" in door.refuses(folder, database, *words)
    assert versions(observer) == [(1, False), (2, True)]


@pytest.mark.parametrize("rows", [["1, false", "2, true"], ["NULL, false"], ["1, NULL"]], ids=str)
def test_force_mends_a_table_whose_rows_say_nothing(
    door: Door, rows: list[str], folder: Path, database: str, observer: psycopg.Connection
) -> None:
    observer.execute("CREATE TABLE schema_migrations (version bigint, dirty boolean)")
    for row in rows:
        observer.execute(f"INSERT INTO schema_migrations VALUES ({row})".encode())
    assert "`force`" in door.refuses(folder, database, "version")
    assert door.run(folder, database, "force", "1").code == 0
    assert versions(observer) == [(1, False)]


def test_a_table_of_that_name_that_is_no_version_table(
    door: Door, folder: Path, database: str, observer: psycopg.Connection
) -> None:
    observer.execute("CREATE TABLE schema_migrations (version varchar primary key)")
    assert 'column "dirty" does not exist' in door.refuses(folder, database)


def test_a_schema_that_vanished(door: Door, folder: Path, database: str, observer: psycopg.Connection) -> None:
    observer.execute("DROP SCHEMA public")
    assert "no schema" in door.refuses(folder, database)


def test_a_search_path_that_names_no_schema(door: Door, folder: Path, database: str) -> None:
    assert "no schema" in door.refuses(folder, f"{database}&search_path=nope")


def test_a_version_tables_schema_that_is_missing(door: Door, folder: Path, database: str) -> None:
    url = f'{database}&x-migrations-table="nope"."m"&x-migrations-table-quoted=1'
    assert 'schema "nope" does not exist' in door.refuses(folder, url)
