"""How a session comes about: TLS by the scheme's rules, start-up settings, and refusals without a password."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psycopg
import pytest

from whimbrel.errors import ConnectionFailed, QueryFailed
from whimbrel.postgres.connection import Session
from whimbrel.postgres.conninfo import parse_url
from whimbrel.postgres.go_drivers import with_defaults
from whimbrel.shadow.throwaway import throwaway_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fix_postgres import Server

    from whimbrel.shadow.binaries import Binaries

TLS = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"


def opened(url: str, query: str, *, go: bool = False) -> str | None:
    target = parse_url(url, go=go)
    session = Session.open(with_defaults(target, {}) if go else target)
    try:
        return session.rows(query)[0][0]
    finally:
        session.close()


def without_query(url: str, scheme: str = "postgres") -> str:
    return urlsplit(url)._replace(scheme=scheme, query="").geturl()


@pytest.fixture(scope="module")
def tls_server(binaries: Binaries, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A server with a certificate for 127.0.0.1 that it signed itself: its URL and the certificate."""
    if not shutil.which("openssl"):
        pytest.skip("there is no openssl to make a certificate with")
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "server.crt", folder / "server.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext",
         "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    with throwaway_server() as running:
        with psycopg.connect(running.url, autocommit=True) as connection:
            # The server itself writes the files, in its data folder: they must be its own and nobody else's to read.
            for file in (certificate, key):
                lines = ", ".join(f"('{line}')" for line in file.read_text().splitlines())
                connection.execute(
                    f"COPY (VALUES {lines}) TO PROGRAM 'umask 077; cat > {file.name}'".encode(),
                )
            try:
                connection.execute("ALTER SYSTEM SET ssl = on")
            except psycopg.errors.InvalidParameterValue as error:
                pytest.skip(f"this PostgreSQL has no TLS: {error}")
            connection.execute("SELECT pg_reload_conf()")
        yield running.url, certificate


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "pgx", "pgx4", "pgx5"])
def test_each_scheme_uses_tls_where_the_server_has_it(scheme: str, tls_server: tuple[str, Path]) -> None:
    url, _ = tls_server
    assert opened(without_query(url, scheme), TLS, go=True) == "t"
    assert opened(without_query(url, scheme) + "?sslmode=disable", TLS, go=True) == "f"


@pytest.mark.parametrize("scheme", ["postgres", "pgx5"])
def test_a_certificate_is_looked_at_where_that_is_asked(scheme: str, tls_server: tuple[str, Path]) -> None:
    url, certificate = tls_server
    full = f"{without_query(url, scheme)}?sslmode=verify-full&sslrootcert="
    assert opened(f"{full}{certificate}", TLS, go=True) == "t"
    with pytest.raises(ConnectionFailed, match="does not exist"):
        opened(f"{full}{certificate}.nope", TLS, go=True)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_lib_pqs_schemes_want_tls(scheme: str, server: Server, database: str) -> None:
    with pytest.raises(ConnectionFailed, match="does not support SSL") as refused:
        opened(without_query(database, scheme), TLS, go=True)
    assert "sslmode=disable" in refused.value.remedy
    assert server.password not in f"{refused.value} {refused.value.remedy}"


@pytest.mark.parametrize("scheme", ["pgx", "pgx4", "pgx5"])
def test_pgxs_schemes_do_without_tls(scheme: str, database: str) -> None:
    assert opened(without_query(database, scheme), TLS, go=True) == "f"


def test_without_gos_rules_libpq_prefers_tls(database: str, tls_server: tuple[str, Path]) -> None:
    assert opened(without_query(database), TLS) == "f"
    assert opened(without_query(tls_server[0]), TLS) == "t"


@pytest.mark.parametrize(
    ("scheme", "style"), [("postgres", "ISO, MDY"), ("postgresql", "ISO, MDY"), ("pgx5", "ISO, DMY")]
)
def test_lib_pq_sets_the_date_style_and_pgx_leaves_the_databases(
    scheme: str, style: str, database: str, observer: psycopg.Connection
) -> None:
    name = urlsplit(database).path[1:]
    observer.execute(f"ALTER DATABASE \"{name}\" SET datestyle = 'ISO, DMY'".encode())
    url = urlsplit(database)._replace(scheme=scheme).geturl()
    assert opened(url, "SHOW datestyle", go=True) == style
    assert opened(database, "SHOW datestyle") == "ISO, DMY"


def test_settings_reach_the_server(database: str) -> None:
    assert opened(f"{database}&search_path=a,%20b&application_name=me", "SHOW search_path") == "a, b"
    assert opened(f"{database}&options=-c%20work_mem%3D1MB&lock_timeout=7", "SHOW work_mem") == "1MB"
    assert opened(f"{database}&client_encoding=UTF8", "SHOW client_encoding") == "UTF8"


def test_several_hosts_are_tried_in_turn(database: str) -> None:
    parts = urlsplit(database)
    hosts = parts.netloc.replace("@", "@127.0.0.1:1,")
    assert opened(parts._replace(netloc=hosts).geturl(), "SELECT 1") == "1"


def test_a_service_names_the_server(
    server: Server, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = urlsplit(database)
    file = tmp_path / "services"
    file.write_text(
        f"[mine]\nhost={parts.hostname}\nport={parts.port}\nuser={server.user}\npassword={server.password}\n"
        f"dbname={parts.path[1:]}\n"
    )
    monkeypatch.setenv("PGSERVICEFILE", str(file))
    assert opened("postgres://?service=mine", "SELECT current_database()") == parts.path[1:]


def test_a_parameter_in_a_file_is_named_as_a_simple_query_names_it(database: str) -> None:
    session = Session.open(parse_url(database))
    with pytest.raises(QueryFailed, match=r"there is no parameter \$2") as refused:
        session.rows('SELECT \'$1\', "$1" FROM (SELECT 1 AS "$1") AS x WHERE 1 = $2 -- $3')
    session.close()
    query = refused.value.query
    assert (refused.value.sqlstate, refused.value.position) == ("42P02", query.index("$2") + 1)
