"""Our errors in golang-migrate's words, as its two drivers say them."""

from __future__ import annotations

import pytest

from whimbrel.errors import (
    BadFile,
    BadSourceUrl,
    ConnectionFailed,
    DirtyDatabase,
    DuplicateVersion,
    LockNotAcquired,
    MigrationFailed,
    NoMigrationLeft,
    NoSchema,
    QueryFailed,
    ShortLimit,
    SourceMissing,
    UnreadableFile,
    VersionNotFound,
    VersionTableError,
    WhimbrelError,
)
from whimbrel.report.go_text import additions, error_text, is_refused_table, source_text

CAUSE = QueryFailed("column x does not exist", sqlstate="42703", hint="there is y")


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (DirtyDatabase(3), "Dirty database version 3. Fix and force version."),
        (DirtyDatabase(-1), "Dirty database version -1. Fix and force version."),
        (VersionNotFound(9), "no migration found for version 9: read down for version 9 .: file does not exist"),
        (NoMigrationLeft(), "file does not exist"),
        (NoMigrationLeft(source_empty=True), "first .: file does not exist"),
        (ShortLimit(2), "limit 2 short"),
        (LockNotAcquired(15.0, "somebody"), "timeout: can't acquire database lock"),
        (UnreadableFile("1_a.up.sql", "permission denied"), "open 1_a.up.sql: permission denied"),
        (QueryFailed("m", sqlstate="42P01", query="DROP TABLE x"), "pq: m in line 0: DROP TABLE x"),
        (NoSchema(), "no schema"),
        (BadFile("1_a.up.sql", "of a reason", line=2, column=3), "cannot run 1_a.up.sql:2:3: of a reason"),
    ],
)
def test_lib_pqs_words(error: WhimbrelError, text: str) -> None:
    assert error_text(error, pgx=False) == text


def test_pgxs_words() -> None:
    assert error_text(QueryFailed("m", sqlstate="42P01", query="DROP TABLE x"), pgx=True) == (
        "ERROR: m (SQLSTATE 42P01) in line 0: DROP TABLE x"
    )
    assert error_text(NoSchema(), pgx=True) == (
        'sql: Scan error on column index 0, name "current_schema": converting NULL to string is unsupported in line 0: '
        "SELECT CURRENT_SCHEMA()"
    )


@pytest.mark.parametrize(
    ("text", "place", "detail", "pgx", "expected"),
    [
        ("SELECT x;\n", (1, 8), "", False,
         "migration failed: column x does not exist (column 8) in line 1: SELECT x;\n"
         " (details: pq: column x does not exist)"),
        ("SELECT x;\n", (1, 8), "", True,
         "migration failed: column x does not exist (column 8) in line 1: SELECT x;\n"
         " (details: ERROR: column x does not exist (SQLSTATE 42703))"),
        ("f", (0, 0), "d", False,
         "migration failed: column x does not exist, d in line 0: f (details: pq: column x does not exist)"),
        ("f", (0, 0), "d", True,
         "migration failed: column x does not exist (column 0), d in line 1: f"
         " (details: ERROR: column x does not exist (SQLSTATE 42703))"),
        ("f (\n-- c\n", (1, 4), "", False,
         "migration failed: column x does not exist in line 0: f (\n-- c\n (details: pq: column x does not exist)"),
        ("f (\n", (1, 4), "", True,
         "migration failed: column x does not exist in line 0: f (\n"
         " (details: ERROR: column x does not exist (SQLSTATE 42703))"),
        ("f /* a ;\n", (1, 3), "", False,
         "migration failed: column x does not exist (column 3) in line 1: f /* a ;\n"
         " (details: pq: column x does not exist)"),
    ],
)  # fmt: skip
def test_a_failed_file(text: str, place: tuple[int, int], detail: str, pgx: bool, expected: str) -> None:
    cause = QueryFailed("column x does not exist", sqlstate="42703", detail=detail)
    error = MigrationFailed("1_a.up.sql", cause, text=text, line=place[0], column=place[1])
    assert error_text(error, pgx=pgx) == expected


def refused(reason: str, sqlstate: str = "") -> ConnectionFailed:
    return ConnectionFailed(reason, sqlstate=sqlstate, host="h", port="5432", user="me", database="app")


AT = 'connection to server at "h" (192.0.2.1), port 5432 failed: '
SHOWN = "failed to connect to `host=h user=me database=app`: "


@pytest.mark.parametrize(
    ("reason", "sqlstate", "lib_pq", "pgx"),
    [
        (AT + "Connection refused", "", "dial tcp 192.0.2.1:5432: connect: connection refused",
         "dial error (dial tcp 192.0.2.1:5432: connect: connection refused)"),
        ('connection to server at "::1", port 1 failed: Connection refused', "",
         "dial tcp [::1]:1: connect: connection refused", "dial error (dial tcp [::1]:1: connect: connection refused)"),
        ('connection to server on socket "/tmp/.s.PGSQL.5432" failed: No such file or directory', "",
         "dial unix /tmp/.s.PGSQL.5432: connect: no such file or directory",
         "dial error (dial unix /tmp/.s.PGSQL.5432: connect: no such file or directory)"),
        (AT + 'FATAL:  database "app" does not exist', "3D000", 'pq: database "app" does not exist',
         'server error (FATAL: database "app" does not exist (SQLSTATE 3D000))'),
        (AT + "server does not support SSL, but SSL was required", "", "pq: SSL is not enabled on the server",
         "tls error (server refused TLS connection)"),
        ('could not translate host name "h" to address: Name or service not known', "",
         "dial tcp: lookup h: no such host",
         "hostname resolving error (lookup h: no such host)"),
        (AT + "timeout expired", "", "dial tcp 192.0.2.1:5432: i/o timeout",
         "dial error (dial tcp 192.0.2.1:5432: i/o timeout)"),
    ],
)  # fmt: skip
def test_a_connection_that_did_not_come_about(reason: str, sqlstate: str, lib_pq: str, pgx: str) -> None:
    assert error_text(refused(reason, sqlstate), pgx=False) == lib_pq
    assert error_text(refused(reason, sqlstate), pgx=True) == SHOWN + pgx


def table_error(query: str) -> VersionTableError:
    error = VersionTableError("our own words")
    error.__cause__ = QueryFailed("permission denied", sqlstate="42501", query=query)
    return error


def test_a_version_table_that_cannot_be_made_or_read() -> None:
    made = table_error('CREATE TABLE IF NOT EXISTS "s"."t" (version bigint)')
    assert error_text(made, pgx=False) == f"pq: permission denied in line 0: {made.__cause__.query}"  # type: ignore[union-attr]
    assert not is_refused_table(made)
    read = table_error('SELECT version, dirty, xmin FROM "s"."t" ORDER BY version LIMIT 10')
    assert error_text(read, pgx=True) == (
        'ERROR: permission denied (SQLSTATE 42501) in line 0: SELECT version, dirty FROM "s"."t" LIMIT 1'
    )
    assert is_refused_table(read)
    assert error_text(table_error("WITH moved AS (UPDATE t)"), pgx=False) == "our own words"
    assert error_text(VersionTableError("our own words"), pgx=False) == "our own words"


def test_sources_that_cannot_be_opened() -> None:
    url = "file://m"
    missing = SourceMissing("m", "no such file or directory")
    assert source_text(missing, url) == 'failed to open source, "file://m": open .: no such file or directory'
    twice = DuplicateVersion("1_b.up.sql", "1_a.up.sql")
    assert source_text(twice, url) == 'failed to open source, "file://m": duplicate migration file: 1_b.up.sql'
    unknown = BadSourceUrl("s3://u:SECRET@b", "source driver: unknown driver 's3' (forgotten import?)")
    said = source_text(unknown, "s3://u:SECRET@b")
    assert said.endswith(": source driver: unknown driver 's3' (forgotten import?)")
    assert "SECRET" not in said


def test_what_is_said_beside_golang_migrates_words() -> None:
    failed = MigrationFailed("1_a.up.sql", CAUSE, kept="1 of 2 units are done")
    assert additions(failed) == [
        ("warning", "1_a.up.sql: 1 of 2 units are done"),
        ("notice", "1_a.up.sql: there is y"),
    ]
    assert additions(LockNotAcquired(1.0, "pid 7"))[0] == ("notice", "the lock is held by pid 7")
    assert additions(ShortLimit(1)) == []
