"""What golang-migrate's two drivers add to a URL, and what they refuse."""

from __future__ import annotations

from pathlib import Path

import pytest

from whimbrel.postgres.conninfo import UrlError, parse_url
from whimbrel.postgres.go_drivers import with_defaults

LIB_PQ = (r"-c DateStyle=ISO,\ MDY", "-c extra_float_digits=2")


def keywords(url: str, **environment: str) -> dict[str, str]:
    return dict(with_defaults(parse_url(url, go=True), environment).keywords)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_lib_pq_wants_tls_and_sends_three_settings(scheme: str) -> None:
    target = with_defaults(parse_url(f"{scheme}://me@/app"), {})
    assert dict(target.keywords) == {"user": "me", "dbname": "app", "host": "localhost", "sslmode": "require"}
    assert target.settings == LIB_PQ


@pytest.mark.parametrize("scheme", ["pgx", "pgx4", "pgx5"])
def test_pgx_leaves_tls_and_settings_to_libpq_and_looks_for_a_socket(scheme: str) -> None:
    found = keywords(f"{scheme}://me@/app")
    folders = [folder for folder in ("/var/run/postgresql", "/private/tmp", "/tmp") if Path(folder).exists()]
    assert found["host"] == (folders[0] if folders else "localhost")
    assert with_defaults(parse_url(f"{scheme}://me@/app"), {}).settings == ()
    assert keywords(f"{scheme}://me@h/app") == {"user": "me", "dbname": "app", "host": "h"}


def test_the_url_goes_before_the_environment_and_that_before_the_default() -> None:
    assert keywords("postgres://h/d?sslmode=disable", PGHOST="other", PGSSLMODE="require")["sslmode"] == "disable"
    found = keywords("postgres:///d", PGHOST="other", PGSSLMODE="disable")
    assert "host" not in found
    assert "sslmode" not in found
    assert "host" not in keywords("postgres:///d", PGSERVICE="prod")
    assert "host" not in keywords("postgres:///d?hostaddr=127.0.0.1")


def test_a_socket_needs_no_tls() -> None:
    assert keywords("postgres:///d?host=/tmp")["sslmode"] == "disable"


def test_the_urls_own_options_come_behind_lib_pqs() -> None:
    assert with_defaults(parse_url("postgres://h/d?work_mem=1MB"), {}).settings == (*LIB_PQ, "-c work_mem=1MB")


@pytest.mark.parametrize(
    ("query", "environment", "reason"),
    [
        ("sslmode=prefer", {}, 'pq: unsupported sslmode "prefer"; only "require" (default), "verify-full", '
         '"verify-ca", and "disable" supported'),
        ("", {"PGSSLMODE": "allow"}, 'pq: unsupported sslmode "allow"; only "require" (default), "verify-full", '
         '"verify-ca", and "disable" supported'),
        ("connect_timeout=x", {},
         'invalid value for parameter connect_timeout: strconv.ParseInt: parsing "x": invalid syntax'),
        ("", {"PGCONNECT_TIMEOUT": "y"},
         'invalid value for parameter connect_timeout: strconv.ParseInt: parsing "y": invalid syntax'),
        ("datestyle=German", {}, "setting datestyle must be absent or ISO, MDY; got German"),
        ("", {"PGDATESTYLE": "German"}, "setting datestyle must be absent or ISO, MDY; got German"),
        ("", {"PGCLIENTENCODING": "LATIN1"}, "client_encoding must be absent or 'UTF8'"),
        ("port=99999", {}, "dial tcp: address 99999: invalid port"),
    ],
)  # fmt: skip
def test_lib_pq_refuses(query: str, environment: dict[str, str], reason: str) -> None:
    with pytest.raises(UrlError) as refused:
        keywords(f"postgres://u:SECRET@h/d?{query}", **environment)
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("sslmode=bogus", "failed to configure TLS (sslmode is invalid)"),
        ("connect_timeout=x", 'invalid connect_timeout (strconv.ParseInt: parsing "x": invalid syntax)'),
        ("port=99999", 'invalid port (strconv.ParseUint: parsing "99999": value out of range)'),
        ("connect_timeout=-1", "invalid connect_timeout (negative timeout)"),
        ("port=0", "invalid port (outside range)"),
    ],
)
def test_pgx_refuses_and_shows_the_url_without_password(query: str, reason: str) -> None:
    with pytest.raises(UrlError) as refused:
        keywords(f"pgx5://u:SECRET@h/d?z=1&x-migrations-table=t&{query}")
    shown = f"postgres://u:xxxxx@h/d?{query}&z=1"
    assert refused.value.reason == f"cannot parse `{shown}`: {reason}"


def test_what_both_take() -> None:
    target = with_defaults(parse_url("postgres://h/d?datestyle=ISO,%20MDY"), {"PGCLIENTENCODING": "UTF8"})
    assert target.settings == (*LIB_PQ, r"-c datestyle=ISO,\ MDY")
    assert keywords("pgx5://h/d?sslmode=prefer")["sslmode"] == "prefer"
