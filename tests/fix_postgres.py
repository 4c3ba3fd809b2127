"""A real PostgreSQL for the tests: one throw-away server for the whole run, a fresh database for each test.

    --pg-url URL, or WHIMBREL_TEST_URL     another server, as a user who may create databases

Without any PostgreSQL the tests that need one are skipped, and say so; where CI is set in the environment they fail.
"""

from __future__ import annotations

import os
import re
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote, urlsplit

import pytest

from whimbrel.errors import ServerError
from whimbrel.shadow.databases import create_database, drop_database, url_of
from whimbrel.shadow.throwaway import throwaway_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

DEADLINE_S = 60


@dataclass(frozen=True, slots=True)
class Server:
    """The server of the run; `url` is that of a database which is not to be changed."""

    url: str
    version: str

    @property
    def major(self) -> int:
        return int(re.split(r"\D", self.version)[0])

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or 5432

    @property
    def user(self) -> str:
        return unquote(urlsplit(self.url).username or "")

    @property
    def password(self) -> str:
        return unquote(urlsplit(self.url).password or "")


class MakeDatabase(Protocol):
    """Makes a database that is dropped after the test: empty, or a copy of the one with the URL `template`."""

    def __call__(self, template: str = "") -> str: ...


SERVER = pytest.StashKey[Server]()
MISSING = pytest.StashKey[str]()
UNDO = pytest.StashKey[ExitStack]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pg-url", metavar="URL", help="the PostgreSQL to test with (default: a throw-away server)")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", 'pg(condition): needs a PostgreSQL whose major version fits, as in ">= 14"')


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Starts the server, once: the workers of a parallel run are told of it."""
    config = session.config
    given = getattr(config, "workerinput", None)
    if given is not None:
        if given["pg_missing"]:
            config.stash[MISSING] = given["pg_missing"]
        else:
            config.stash[SERVER] = Server(given["pg_url"], given["pg_version"])
    elif not config.option.collectonly:
        config.stash[UNDO] = ExitStack()
        try:
            config.stash[SERVER] = _server(config)
        except ServerError as error:
            config.stash[MISSING] = f"{error}; {error.remedy}"


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: object) -> None:
    """pytest-xdist: what a worker is told."""
    config: pytest.Config = node.config  # type: ignore[attr-defined]  # xdist has no types
    server = config.stash.get(SERVER, Server("", ""))
    told = {"pg_url": server.url, "pg_version": server.version, "pg_missing": config.stash.get(MISSING, "")}
    node.workerinput.update(told)  # type: ignore[attr-defined]  # xdist has no types


def pytest_unconfigure(config: pytest.Config) -> None:
    config.stash.get(UNDO, ExitStack()).close()


def pytest_report_header(config: pytest.Config) -> str:
    server = config.stash.get(SERVER, None)
    return f"PostgreSQL: {server.version}" if server else f"PostgreSQL: none ({config.stash.get(MISSING, 'not asked')})"


def pytest_runtest_setup(item: pytest.Item) -> None:
    server = item.config.stash.get(SERVER, None)
    for marker in item.iter_markers("pg"):
        if server and not fits(server.major, marker.args[0]):
            pytest.skip(f"needs PostgreSQL {marker.args[0]}, this is {server.version}")


def fits(major: int, condition: str) -> bool:
    """Whether a major version fulfils a condition such as `>= 14`."""
    found = re.fullmatch(r"\s*(>=|<=|==|!=|>|<)\s*(\d+)\s*", condition)
    if not found:
        raise pytest.UsageError(f"cannot understand the condition {condition!r}: write one such as '>= 14'")
    number = int(found[2])
    return {
        ">=": major >= number,
        "<=": major <= number,
        "==": major == number,
        "!=": major != number,
        ">": major > number,
        "<": major < number,
    }[found[1]]


@pytest.fixture(scope="session")
def server(pytestconfig: pytest.Config) -> Server:
    """The server of the run."""
    missing = pytestconfig.stash.get(MISSING, "")
    if missing and os.environ.get("CI"):
        pytest.fail(f"no PostgreSQL: {missing}")
    if missing:
        pytest.skip(f"no PostgreSQL: {missing}")
    return pytestconfig.stash[SERVER]


@pytest.fixture(scope="session")
def server_connection(server: Server) -> Iterator[psycopg.Connection]:
    """A session, in autocommit mode, with the server's own database: to make others."""
    import psycopg

    with psycopg.connect(server.url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def make_database(server: Server, server_connection: psycopg.Connection) -> Iterator[MakeDatabase]:
    """Makes databases for one test: `make_database()`, `make_database(template=url)`."""
    with ExitStack() as undo:

        def make(template: str = "") -> str:
            return undo.enter_context(fresh_database(server, server_connection, template))

        yield make


@pytest.fixture
def database(make_database: MakeDatabase) -> str:
    """The URL of a fresh, empty database."""
    return make_database()


@pytest.fixture
def observer(database: str) -> Iterator[psycopg.Connection]:
    """A second session with `database`, in autocommit mode, to look from outside."""
    import psycopg

    with psycopg.connect(database, autocommit=True) as connection:
        yield connection


def until(observer: psycopg.Connection, condition: str) -> None:
    """Return when an SQL condition holds, as `observer` sees it."""
    deadline = time.monotonic() + DEADLINE_S
    while (row := observer.execute(f"SELECT {condition}".encode()).fetchone()) is None or not row[0]:
        assert time.monotonic() < deadline, f"still not so after {DEADLINE_S} s: {condition}"
        time.sleep(0.005)


@contextmanager
def fresh_database(server: Server, connection: psycopg.Connection, template: str = "") -> Iterator[str]:
    """The URL of a database that is there for the body; for fixtures of a wider scope, such as a migrated template."""
    origin = unquote(urlsplit(template).path[1:]) if template else "template0"
    name = create_database(connection, template=origin)
    try:
        yield url_of(server.url, name)
    finally:
        drop_database(connection, name)


def _server(config: pytest.Config) -> Server:
    url = config.getoption("--pg-url") or os.environ.get("WHIMBREL_TEST_URL")
    if not url:
        running = config.stash[UNDO].enter_context(throwaway_server())
        return Server(running.url, running.version)
    import psycopg

    with psycopg.connect(url) as connection:
        return Server(url, connection.info.parameter_status("server_version") or "")
