"""Which server does a database URL mean, and what do golang-migrate's x- parameters say?"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from whimbrel.errors import Misuse

if TYPE_CHECKING:
    from collections.abc import Iterator

# fmt: off
KEYWORDS = frozenset([
    "application_name", "channel_binding", "client_encoding", "connect_timeout", "dbname",
    "fallback_application_name", "gssdelegation", "gssencmode", "gsslib", "host", "hostaddr", "keepalives",
    "keepalives_count", "keepalives_idle", "keepalives_interval", "krbsrvname", "load_balance_hosts",
    "max_protocol_version", "min_protocol_version", "options", "passfile", "password", "port", "replication",
    "require_auth", "requirepeer", "service", "servicefile", "sslcert", "sslcertmode", "sslcompression", "sslcrl",
    "sslcrldir", "sslkey", "sslmode", "sslnegotiation", "sslpassword", "sslrootcert", "sslsni",
    "ssl_max_protocol_version", "ssl_min_protocol_version", "target_session_attrs", "tcp_user_timeout", "user",
])
# fmt: on
"""libpq 18's connection parameters; any other name in a URL is a setting of the server, as in Go's drivers."""

# fmt: off
_GO_DRIVERS_OWN = frozenset([
    "binary_parameters", "default_query_exec_mode", "description_cache_capacity", "disable_prepared_binary_result",
    "krbspn", "statement_cache_capacity",
])
# fmt: on
"""What lib/pq and pgx read for themselves and never send."""

_HOSTS = re.compile(r"(?:\[[0-9A-Fa-f:.%]*\]|[^/?#@:\[\]\s]*)(?::\d*)?")
_QUERY_ITEM = re.compile(r"[A-Za-z_][\w.-]*(?:=|\Z)")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ESCAPE = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_TRUE = frozenset(["1", "t", "T", "TRUE", "true", "True"])
_FALSE = frozenset(["0", "f", "F", "FALSE", "false", "False"])


class Scheme(StrEnum):
    """The URL schemes that golang-migrate has for PostgreSQL."""

    POSTGRES = "postgres"
    POSTGRESQL = "postgresql"
    PGX = "pgx"
    PGX4 = "pgx4"
    PGX5 = "pgx5"

    @property
    def is_pgx(self) -> bool:
        """Whether golang-migrate uses pgx for it; the other two go to lib/pq."""
        return self not in {Scheme.POSTGRES, Scheme.POSTGRESQL}


@dataclass(frozen=True, slots=True)
class Parameters:
    """golang-migrate's x- parameters; times in milliseconds, sizes in bytes, 0 for none."""

    schema: str = ""
    """The version table's schema, empty for the current one."""
    table: str = "schema_migrations"
    statement_timeout_ms: int = 0
    multi_statement: bool = False
    multi_statement_max_size: int = 10 * 1024 * 1024
    table_lock: str = ""
    """pgx 4's lock table (`x-lock-strategy=table`), empty for advisory locks."""


@dataclass(frozen=True, slots=True)
class Target:
    """A server and database to open, and how.

    `keywords` are libpq's connection parameters, the password among them. `path` is the URL's path with its slash,
    which golang-migrate hashes into its lock number; empty if the URL has none. `settings` are those of the server, as
    `-c` options. `url` is all of it, for messages.
    """

    keywords: tuple[tuple[str, str], ...] = field(repr=False)
    scheme: Scheme = Scheme.POSTGRES
    path: str = ""
    parameters: Parameters = Parameters()
    settings: tuple[str, ...] = ()
    url: str = field(default="", repr=False)

    def conninfo(self, **defaults: str) -> str:
        """Return libpq's connection string; `defaults` stand where the URL says nothing.

        Settings come behind the `options` of the URL, or else those of PGOPTIONS, which libpq would not read any more.
        """
        keywords = defaults | dict(self.keywords) | {"client_encoding": "UTF8"}
        if self.settings:
            given = keywords.get("options") or os.environ.get("PGOPTIONS", "")
            keywords["options"] = " ".join(filter(None, [given, *self.settings]))
        return " ".join(f"{name}={_quote(value)}" for name, value in keywords.items())


class UrlError(Misuse):
    """A database URL cannot be read; `shown` is the URL without its password, `reason` says why."""

    def __init__(self, reason: str, shown: str = "") -> None:
        super().__init__(f"cannot read the database URL {shown}: {reason}" if shown else reason)
        self.reason = reason
        self.shown = shown


class ParameterError(UrlError):
    """An x- parameter cannot be meant."""


def parse_url(url: str, *, go: bool = False) -> Target:
    """Read `scheme://user:password@host:port/database?name=value`.

    A raw reserved character in the password is taken as it is. `go` reads the query as Go does: a `+` is a space, and a
    name with a semicolon or a broken escape is left out; for libpq both are themselves.

    Raises:
        UrlError: it has no scheme, one that is not PostgreSQL's, or cannot be taken apart.
        ParameterError: an x- parameter cannot be meant.
    """
    if not url:
        reason = "URL cannot be empty"
        raise UrlError(reason)
    name, colon, rest = url.partition(":")
    if not colon or not name:
        reason = "no scheme"
        raise UrlError(reason)
    try:
        scheme = Scheme(name)
    except ValueError:
        reason = f"unknown driver {without_password(name)} (forgotten import?)"
        raise UrlError(reason) from None
    if not rest.startswith("//"):
        raise _no_url(scheme, url)
    user, password, hosts, path, query = _take_apart(scheme, rest[2:])
    keywords: dict[str, str] = {}
    if user:
        keywords["user"] = user
    if password:
        keywords["password"] = password
    keywords |= _host_keywords(hosts)
    if path not in {"", "/"}:
        keywords["dbname"] = path[1:]
    extra: dict[str, str] = {}
    settings: list[str] = []
    for key, value in _query_items(query, go=go):
        if key.startswith("x-"):
            extra.setdefault(key, value)
        elif key == "client_encoding":
            if value and not scheme.is_pgx:
                check_encoding(value)
        elif not value and (key in KEYWORDS or not scheme.is_pgx):  # to Go's drivers an empty value is none
            continue
        elif key in KEYWORDS:
            keywords[key] = value
        elif key == "ssl" and value == "true" and not scheme.is_pgx:
            keywords["sslmode"] = "require"
        elif key not in _GO_DRIVERS_OWN:
            settings.append(f"-c {key}={_escape_option(value)}")
    return Target(tuple(keywords.items()), scheme, path, parameters_of(extra, scheme), tuple(settings), url)


def _no_url(scheme: Scheme, url: str) -> UrlError:
    """Say as the scheme's Go driver does that what follows the scheme is no `//`."""
    rest = url.partition(":")[2]
    login, at, tail = rest.rpartition("@")
    user, colon, _ = login.partition(":")
    shown = f"{scheme}:{user}{':xxxxx' if colon else ''}{at}{tail}" if at else without_password(url)
    if scheme.is_pgx:
        shown = shown.replace(scheme, "postgres", 1)
        return UrlError(f"cannot parse `{shown}`: failed to parse as DSN (invalid dsn)")
    return UrlError(f'missing "=" after "{shown}" in connection info string"')


def _query_items(query: str, *, go: bool) -> Iterator[tuple[str, str]]:
    """Yield the names and values behind the question mark."""
    for item in filter(None, query.split("&")):
        if go and (";" in item or _BAD_ESCAPE.search(item)):
            continue
        key, _, value = item.partition("=")
        yield _decode(key, plus=go), _decode(value, plus=go)


def check_encoding(value: str) -> None:
    """Refuse the client encodings that lib/pq refuses; the session speaks UTF-8 whatever the URL says.

    Raises:
        UrlError: it is another than UTF-8.
    """
    plain = "".join(character for character in value.lower() if character.isalnum())
    if plain not in {"utf8", "unicode"}:
        reason = "client_encoding must be absent or 'UTF8'"
        raise UrlError(reason)


def without_password(url: str) -> str:
    """Return the URL with its password as `xxxxx`, for messages, whatever is wrong with it otherwise."""
    head, separator, rest = url.partition("://")
    if not separator:
        return re.sub(r"(password\s*=).*", r"\1xxxxx", url, flags=re.DOTALL)  # it may hold blanks without quotes
    rest = re.sub(r"([?&]password=)[^&]*", r"\1xxxxx", rest)
    login, at, tail = rest.rpartition("@")
    user, colon, _ = login.partition(":")
    return f"{head}://{user}{':xxxxx' if colon else ''}{at}{tail}"


def _take_apart(scheme: Scheme, rest: str) -> tuple[str, str, str, str, str]:
    """Split at the first `@` that leaves something well-formed behind it: a password may hold any character."""
    starts = [found.end() for found in re.finditer("@", rest)] or [0]
    problem = ""
    for start in starts:
        tail, _, query = rest[start:].partition("?")
        hosts, slash, path = tail.partition("/")
        if any(not _QUERY_ITEM.match(item) for item in query.partition("#")[0].split("&") if item):
            problem = problem or "the part behind the question mark is no list of name=value"
            continue
        if "@" in tail or "@" in query.partition("#")[2]:
            continue
        bad = next((host for host in hosts.split(",") if not _HOSTS.fullmatch(host)), None)
        if bad is not None:
            problem = _host_problem(bad)
            continue
        login = rest[: start - 1] if start else ""
        user, _, password = login.partition(":")
        return _decode(user), _decode(password), hosts, _decode(slash + path.partition("#")[0]), query.partition("#")[0]
    raise UrlError(problem or "it cannot be taken apart", without_password(f"{scheme}://{rest}"))


def _host_problem(host: str) -> str:
    """Say what is wrong with a host and port as Go does."""
    if host.startswith("[") and "]" not in host:
        return "missing ']' in host"
    if " " in host:
        return 'invalid character " " in host name'
    if ":" in host:
        return f'invalid port ":{host.rpartition(":")[2]}" after host'
    return f'invalid character in host name "{host}"'


def _host_keywords(hosts: str) -> dict[str, str]:
    """Return libpq's host and port for `h1:1,h2`, brackets of IPv6 addresses taken off."""
    if not hosts:
        return {}
    names, ports = [], []
    for one in hosts.split(","):
        if one.startswith("["):
            name, _, port = one[1:].partition("]")
            port = port.removeprefix(":")
        else:
            name, _, port = one.partition(":")
        names.append(_decode(name))
        ports.append(port)
    found = {}
    if any(names):
        found["host"] = ",".join(names)
    if any(ports):
        found["port"] = ",".join(ports)
    return found


def _decode(text: str, *, plus: bool = False) -> str:
    """Undo percent escapes; a percent sign that begins none is itself."""
    if plus:
        text = text.replace("+", " ")
    return _ESCAPE.sub(lambda m: bytes.fromhex(m[0].replace("%", "")).decode(errors="surrogateescape"), text)


def _quote(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _escape_option(value: str) -> str:
    """Escape a value for the `options` parameter, which the server cuts at unescaped white space."""
    return re.sub(r"([\s\\])", r"\\\1", value)


def go_bool(text: str) -> bool | None:
    """Read a boolean as Go's strconv.ParseBool does; None where it refuses."""
    return True if text in _TRUE else False if text in _FALSE else None


def parameters_of(extra: dict[str, str], scheme: Scheme) -> Parameters:
    """Read golang-migrate's x- parameters; unknown ones are ignored.

    Raises:
        ParameterError: one cannot be meant.
    """
    table, schema = extra.get("x-migrations-table", "") or "schema_migrations", ""
    if _boolean(extra, "x-migrations-table-quoted"):
        given = extra.get("x-migrations-table", "")
        if not (len(given) > 1 and given.startswith('"') and given.endswith('"')):
            reason = (
                'x-migrations-table must be quoted (for instance \'"migrate"."schema_migrations"\') when '
                f"x-migrations-table-quoted is enabled, current value is: {given}"
            )
            raise ParameterError(reason)
        parts = re.findall(r'"(.*?)"', given)
        if len(parts) > 2:
            reason = f'"{given}" MigrationsTable contains too many dot characters'
            raise ParameterError(reason)
        table = parts[-1]
        schema = parts[0] if len(parts) == 2 else ""
    timeout = _integer(extra, "x-statement-timeout")
    if timeout < 0:
        reason = f"x-statement-timeout must not be negative, current value is: {timeout}"
        raise ParameterError(reason)
    size = _integer(extra, "x-multi-statement-max-size")
    table_lock = ""
    if scheme in {Scheme.PGX, Scheme.PGX4}:
        strategy = extra.get("x-lock-strategy", "") or "advisory"
        if strategy not in {"advisory", "table"}:
            reason = f'unknown lock strategy "{strategy}"'
            raise ParameterError(reason)
        if strategy == "table":
            table_lock = extra.get("x-lock-table", "") or "schema_lock"
    return Parameters(
        schema=schema,
        table=table,
        statement_timeout_ms=timeout,
        multi_statement=_boolean(extra, "x-multi-statement"),
        multi_statement_max_size=size if size > 0 else 10 * 1024 * 1024,
        table_lock=table_lock,
    )


def _boolean(extra: dict[str, str], name: str) -> bool:
    text = extra.get(name, "")
    if not text:
        return False
    value = go_bool(text)
    if value is None:
        reason = f'Unable to parse option {name}: strconv.ParseBool: parsing "{text}": invalid syntax'
        raise ParameterError(reason)
    return value


def _integer(extra: dict[str, str], name: str) -> int:
    text = extra.get(name, "")
    if not text:
        return 0
    if not re.fullmatch(r"[+-]?[0-9]+", text):
        reason = f'strconv.Atoi: parsing "{text}": invalid syntax'
        raise ParameterError(reason)
    value = int(text)
    if not -(2**63) <= value < 2**63:
        reason = f'strconv.Atoi: parsing "{text}": value out of range'
        raise ParameterError(reason)
    return value
