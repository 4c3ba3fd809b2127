"""What does the test suite of a service get? A PostgreSQL, its migrated schema, and a fresh copy of that for each test.

Fixtures: `whimbrel_server` and `whimbrel_template` once a run (or once a worker of pytest-xdist), `whimbrel_database`
for each test. The setting `whimbrel_migrations` names the directory of the migrations, `migrations` by default.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option and the setting."""
    group = parser.getgroup("whimbrel")
    group.addoption("--whimbrel-server", metavar="URL", help="the PostgreSQL to test with (default: a throw-away one)")
    parser.addini("whimbrel_migrations", "the directory of the migrations", default="migrations")


@pytest.fixture(scope="session")
def whimbrel_server(pytestconfig: pytest.Config) -> Iterator[str]:
    """The URL of a server on which databases may be made: a throw-away one that dies with the run, or the one named."""
    named = pytestconfig.getoption("--whimbrel-server")
    if named:
        yield named
        return
    from whimbrel.shadow.throwaway import throwaway_server

    with throwaway_server() as server:
        yield server.url


@pytest.fixture(scope="session")
def whimbrel_template(whimbrel_server: str, pytestconfig: pytest.Config) -> Iterator[str]:
    """The URL of a database with all migrations applied, of which tests get copies: not to be changed or kept open."""
    from whimbrel.migrator import Migrator, parse_url, path_source

    folder = pytestconfig.rootpath / str(pytestconfig.getini("whimbrel_migrations"))
    with _database(whimbrel_server, "template0") as url:
        with Migrator(path_source(str(folder)), parse_url(url)) as migrator:
            migrator.up()
        yield url


@pytest.fixture
def whimbrel_database(whimbrel_server: str, whimbrel_template: str) -> Iterator[str]:
    """The URL of a fresh copy of the migrated database, dropped after the test."""
    from urllib.parse import unquote, urlsplit

    with _database(whimbrel_server, unquote(urlsplit(whimbrel_template).path[1:])) as url:
        yield url


@contextmanager
def _database(server: str, template: str) -> Iterator[str]:
    import psycopg

    from whimbrel.shadow.databases import create_database, drop_database, url_of

    with psycopg.connect(server, autocommit=True) as connection:
        name = create_database(connection, template=template)
        try:
            yield url_of(server, name)
        finally:
            drop_database(connection, name)
