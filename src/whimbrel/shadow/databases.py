"""Databases made and dropped on a server: empty ones, or copies of another (about 10 ms)."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from whimbrel.errors import ServerError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import LiteralString

    import psycopg
    from psycopg.sql import Composed


END_SECONDS = 5


def create_database(connection: psycopg.Connection, *, template: str = "template0") -> str:
    """The name of a new database: a copy of `template`, empty without.

    `connection` is one in autocommit mode to another database of the server. PostgreSQL (13 to 18) copies a database
    only while no session is in it.

    Raises:
        ServerError: the server refuses.
    """
    import secrets

    name = f"whimbrel_{secrets.token_hex(6)}"
    with _refusals("make", name):
        connection.execute(_with_names("CREATE DATABASE {} TEMPLATE {}", name, template))
    return name


def drop_database(connection: psycopg.Connection, name: str) -> None:
    """Drops the database `name`, and ends the sessions in it; passes where there is none.

    Raises:
        ServerError: the server refuses.
    """
    import time

    # FORCE would do, but looks again in steps of 100 ms while a session is ending (13 to 18).
    deadline = time.monotonic() + END_SECONDS
    with _refusals("drop", name):
        while _end_sessions(connection, name) and time.monotonic() < deadline:
            time.sleep(0.001)
        connection.execute(_with_names("DROP DATABASE IF EXISTS {} WITH (FORCE)", name))


def url_of(server_url: str, name: str) -> str:
    """`server_url` with the database `name` in place of its own."""
    from urllib.parse import quote, urlsplit

    return urlsplit(server_url)._replace(path="/" + quote(name, safe="")).geturl()


def _end_sessions(connection: psycopg.Connection, name: str) -> bool:
    query = "SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE datname = %s"
    return bool(connection.execute(query, [name]).fetchall())


@contextmanager
def _refusals(action: str, name: str) -> Iterator[None]:
    from psycopg import Error

    try:
        yield
    except Error as error:
        message = f"cannot {action} the database {name}: {str(error).strip()}"
        raise ServerError(message, remedy="use a role that may create databases, and end the sessions in it") from error


def _with_names(statement: LiteralString, *names: str) -> Composed:
    from psycopg.sql import SQL, Identifier

    return SQL(statement).format(*map(Identifier, names))
