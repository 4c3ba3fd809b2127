"""Which server a database URL means, and what its x- parameters say."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from psycopg.conninfo import conninfo_to_dict

from whimbrel.postgres.conninfo import ParameterError, Parameters, Scheme, Target, UrlError, parse_url, without_password

RESERVED = "!#$%&'()*+,/:;=?@[]"
"""golang-migrate's own list, in its TestUserEncodedReservedURLChars and its siblings."""


def keywords(url: str, *, go: bool = False) -> dict[str, str]:
    return dict(parse_url(url, go=go).keywords)


@pytest.mark.parametrize("character", RESERVED)
def test_an_escaped_reserved_character_is_itself_in_user_and_password(character: str) -> None:
    escaped = quote(character, safe="")
    found = keywords(f"postgres://us{escaped}er:pass{escaped}word@host:5433/app?sslmode=disable")
    assert found["user"] == f"us{character}er"
    assert found["password"] == f"pass{character}word"
    assert (found["host"], found["port"], found["dbname"]) == ("host", "5433", "app")


@pytest.mark.parametrize("character", RESERVED)
@pytest.mark.parametrize("at", ["begin", "middle", "end"])
def test_a_raw_reserved_character_is_itself_in_the_password(character: str, at: str) -> None:
    password = {"begin": f"{character}word", "middle": f"pass{character}word", "end": f"pass{character}"}[at]
    found = keywords(f"postgres://user:{password}@host:5433/app?sslmode=disable")
    assert found["password"] == password
    assert (found["user"], found["host"], found["port"], found["dbname"]) == ("user", "host", "5433", "app")


passwords = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=20)


@given(passwords)
def test_any_password_goes_through_escaped(password: str) -> None:
    url = f"postgres://user:{quote(password, safe='')}@host/app"
    assert keywords(url)["password"] == password
    assert without_password(url) == "postgres://user:xxxxx@host/app"


@example("@?#")
@given(st.text(st.sampled_from("aB1" + RESERVED.replace("%", "") + ' ^`{|}<>~\\"'), min_size=1, max_size=20))
def test_a_raw_password_is_never_shown(password: str) -> None:
    secret = f"SECRET{password}SECRET"
    url = f"postgres://user:{secret}@host:port/app"
    assert "SECRET" not in without_password(url)
    with pytest.raises(UrlError) as refused:
        parse_url(url)
    assert "SECRET" not in f"{refused.value} {refused.value.shown} {refused.value.remedy}"


def test_the_parts_of_a_url() -> None:
    target = parse_url("pgx5://me:pw@db.example:6432/my%20app?connect_timeout=3&search_path=a,b#part")
    assert target.scheme is Scheme.PGX5
    assert target.path == "/my app"
    assert dict(target.keywords) == {
        "user": "me", "password": "pw", "host": "db.example", "port": "6432", "dbname": "my app",
        "connect_timeout": "3",
    }  # fmt: skip
    assert target.settings == ("-c search_path=a,b",)


@pytest.mark.parametrize("scheme", Scheme)
def test_each_scheme_is_read(scheme: Scheme) -> None:
    target = parse_url(f"{scheme}://h/d")
    assert (target.scheme, target.path) == (scheme, "/d")
    assert scheme.is_pgx == scheme.startswith("pgx")


@pytest.mark.parametrize(
    ("hosts", "host", "port"),
    [
        ("h1,h2", "h1,h2", None),
        ("h1:1,h2:2", "h1,h2", "1,2"),
        ("h1,h2:2", "h1,h2", ",2"),
        ("[::1]:5433", "::1", "5433"),
        ("[fe80::1]", "fe80::1", None),
        ("[::1]:1,127.0.0.1:2", "::1,127.0.0.1", "1,2"),
        ("%2Ftmp", "/tmp", None),
        (":5433", None, "5433"),
        ("", None, None),
    ],
)
def test_hosts_and_ports(hosts: str, host: str | None, port: str | None) -> None:
    found = keywords(f"postgres://user@{hosts}/app")
    assert (found.get("host"), found.get("port")) == (host, port)


def test_libpqs_other_forms() -> None:
    assert keywords("postgres:///app?host=/run/pg&port=5433&user=me&password=a%26b") == {
        "dbname": "app", "host": "/run/pg", "port": "5433", "user": "me", "password": "a&b",
    }  # fmt: skip
    assert keywords("postgres://?service=prod") == {"service": "prod"}
    assert keywords("postgres://") == {}
    assert parse_url("postgres://h").path == ""
    assert parse_url("postgres://h/").path == "/"


def test_other_names_are_settings_of_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PGOPTIONS", raising=False)
    url = r"postgres://h/d?search_path=a b&timezone=Etc\x"
    assert parse_url(url).settings == (r"-c search_path=a\ b", r"-c timezone=Etc\\x")
    assert options(f"{url}&options=-c work_mem%3D1MB") == r"-c work_mem=1MB -c search_path=a\ b -c timezone=Etc\\x"


def test_settings_do_not_hide_pgoptions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGOPTIONS", "-c work_mem=2MB")
    assert options("postgres://h/d?search_path=a") == "-c work_mem=2MB -c search_path=a"
    assert options("postgres://h/d?search_path=a&options=-c work_mem%3D1MB") == "-c work_mem=1MB -c search_path=a"
    assert options("postgres://h/d") is None


def options(url: str) -> str | None:
    found: str | None = conninfo_to_dict(parse_url(url).conninfo()).get("options")  # type: ignore[assignment]
    return found


def test_what_gos_drivers_read_for_themselves_is_not_sent() -> None:
    url = "postgres://h/d?binary_parameters=yes&default_query_exec_mode=simple_protocol"
    assert parse_url(url).settings == ()


def test_in_go_a_plus_is_a_space_and_what_it_cannot_read_is_left_out() -> None:
    url = "postgres://h/d?application_name=a+b&x-migrations-table=%zz&user=me;x=1"
    assert keywords(url, go=True) == {"host": "h", "dbname": "d", "application_name": "a b"}
    assert parse_url(url, go=True).parameters.table == "schema_migrations"
    assert keywords(url)["application_name"] == "a+b"
    assert keywords(url)["user"] == "me;x=1"


def test_an_empty_value_is_none() -> None:
    assert keywords("postgres://h/d?sslmode=&search_path=&user=") == {"host": "h", "dbname": "d"}
    assert parse_url("postgres://h/d?search_path=").settings == ()
    assert parse_url("pgx5://h/d?search_path=").settings == ("-c search_path=",)


def test_the_session_speaks_utf8_whatever_the_url_says() -> None:
    assert "client_encoding" not in keywords("pgx5://h/d?client_encoding=LATIN1")
    assert "client_encoding" not in keywords("postgres://h/d?client_encoding=utf-8")
    with pytest.raises(UrlError, match="client_encoding must be absent or 'UTF8'"):
        parse_url("postgres://h/d?client_encoding=LATIN1")


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "URL cannot be empty"),
        ("app", "no scheme"),
        ("://app", "no scheme"),
        ("mysql://h/d", "unknown driver mysql (forgotten import?)"),
        ("POSTGRES://h/d", "unknown driver POSTGRES (forgotten import?)"),
        ("postgres:app", 'missing "=" after "postgres:app" in connection info string"'),
        ("postgres:u:SECRET@h/d", 'missing "=" after "postgres:u:xxxxx@h/d" in connection info string"'),
        ("pgx5:u:SECRET@h/d", "cannot parse `postgres:u:xxxxx@h/d`: failed to parse as DSN (invalid dsn)"),
        ("postgres://u:SECRET@h:x/d", 'invalid port ":x" after host'),
        ("postgres://u:SECRET@h:-1/d", 'invalid port ":-1" after host'),
        ("postgres://u:SECRET@h[1/d", 'invalid character in host name "h[1"'),
        ("postgres://u:SECRET@[::1/d", "missing ']' in host"),
        ("postgres://u:SECRET@a b/d", 'invalid character " " in host name'),
        ("postgres://u:SECRET@h/d?a b", "the part behind the question mark is no list of name=value"),
    ],
)
def test_what_cannot_be_read_is_said_without_the_password(url: str, reason: str) -> None:
    with pytest.raises(UrlError) as refused:
        parse_url(url)
    assert refused.value.reason == reason
    assert "SECRET" not in str(refused.value) + refused.value.shown


def parameters(query: str, scheme: str = "postgres") -> Parameters:
    return parse_url(f"{scheme}://h/d?{query}", go=True).parameters


@pytest.mark.parametrize(
    ("query", "schema", "table"),
    [
        ("", "", "schema_migrations"),
        ("x-migrations-table=", "", "schema_migrations"),
        ("x-migrations-table=foo", "", "foo"),
        ("x-migrations-table=s.foo", "", "s.foo"),
        ("x-migrations-table=Foo%20Bar", "", "Foo Bar"),
        ("x-migrations-table=a&x-migrations-table=b", "", "a"),
        ("x-migrations-table=%22foo%22", "", '"foo"'),
        ("x-migrations-table=%22foo%22&x-migrations-table-quoted=1", "", "foo"),
        ("x-migrations-table=%22s%22.%22foo%22&x-migrations-table-quoted=TRUE", "s", "foo"),
        ("x-migrations-table=%22a.b%22&x-migrations-table-quoted=t", "", "a.b"),
        ("x-migrations-table=foo&x-migrations-table-quoted=F", "", "foo"),
    ],
)
def test_where_the_version_table_is(query: str, schema: str, table: str) -> None:
    found = parameters(query)
    assert (found.schema, found.table) == (schema, table)


QUOTED = (
    'x-migrations-table must be quoted (for instance \'"migrate"."schema_migrations"\') when'
    " x-migrations-table-quoted is enabled, current value is: "
)


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("x-migrations-table-quoted=yes",
         'Unable to parse option x-migrations-table-quoted: strconv.ParseBool: parsing "yes": invalid syntax'),
        ("x-multi-statement=maybe",
         'Unable to parse option x-multi-statement: strconv.ParseBool: parsing "maybe": invalid syntax'),
        ("x-migrations-table=foo&x-migrations-table-quoted=1", QUOTED + "foo"),
        ("x-migrations-table-quoted=1", QUOTED),
        ("x-migrations-table=%22&x-migrations-table-quoted=1", QUOTED + '"'),
        ("x-migrations-table=%22a%22.%22b%22.%22c%22&x-migrations-table-quoted=1",
         '""a"."b"."c"" MigrationsTable contains too many dot characters'),
        ("x-statement-timeout=1s", 'strconv.Atoi: parsing "1s": invalid syntax'),
        ("x-statement-timeout=1_000", 'strconv.Atoi: parsing "1_000": invalid syntax'),
        ("x-statement-timeout=9223372036854775808", 'strconv.Atoi: parsing "9223372036854775808": value out of range'),
        ("x-statement-timeout=-1", "x-statement-timeout must not be negative, current value is: -1"),
        ("x-multi-statement-max-size=1e9", 'strconv.Atoi: parsing "1e9": invalid syntax'),
    ],
)  # fmt: skip
@pytest.mark.parametrize("scheme", ["postgres", "pgx", "pgx4", "pgx5"])
def test_x_parameters_that_cannot_be_meant(scheme: str, query: str, reason: str) -> None:
    with pytest.raises(ParameterError) as refused:
        parameters(query, scheme)
    assert refused.value.reason == reason


def test_times_and_sizes() -> None:
    assert parameters("x-statement-timeout=%2B500").statement_timeout_ms == 500
    assert parameters("x-multi-statement=true&x-multi-statement-max-size=10").multi_statement_max_size == 10
    assert parameters("x-multi-statement-max-size=-1").multi_statement_max_size == 10 * 1024 * 1024
    assert parameters("x-multi-statement=1").multi_statement
    assert not parameters("x-multi-statement=").multi_statement
    assert parameters("x-nobody-knows=1") == Parameters()


@pytest.mark.parametrize(
    ("scheme", "query", "table"),
    [
        ("pgx", "x-lock-strategy=table", "schema_lock"),
        ("pgx4", "x-lock-strategy=table&x-lock-table=mine", "mine"),
        ("pgx4", "x-lock-strategy=advisory&x-lock-table=mine", ""),
        ("pgx", "", ""),
        ("pgx5", "x-lock-strategy=table", ""),
        ("postgres", "x-lock-strategy=nonsense", ""),
    ],
)
def test_only_pgx_4_has_a_lock_table(scheme: str, query: str, table: str) -> None:
    assert parameters(query, scheme).table_lock == table


def test_pgx_4_refuses_an_unknown_lock_strategy() -> None:
    with pytest.raises(ParameterError, match='unknown lock strategy "x"'):
        parameters("x-lock-strategy=x", "pgx")


text = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1)


@given(st.dictionaries(st.sampled_from(["user", "password", "options"]), text))
def test_a_connection_string_quotes_its_values(values: dict[str, str]) -> None:
    assert conninfo_to_dict(Target(tuple(values.items())).conninfo()) == values | {"client_encoding": "UTF8"}


def test_defaults_stand_where_the_url_says_nothing() -> None:
    assert parse_url("postgres://h/d?connect_timeout=3").conninfo(connect_timeout="9", user="me") == (
        "connect_timeout='3' user='me' host='h' dbname='d' client_encoding='UTF8'"
    )


def test_a_target_does_not_show_its_password() -> None:
    assert "SECRET" not in repr(parse_url("postgres://u:SECRET@h/d?sslpassword=SECRET"))
