"""What golang-migrate did in recorded cases, our `migrate` does too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest
from replay import MIGRATE, TRANSCRIPTS, Place, replay, transcript

from whimbrel.shadow.databases import drop_database, url_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fix_postgres import MakeDatabase, Server

NAMES = sorted(path.stem for path in TRANSCRIPTS.glob("*.json"))
NAMED = [name for name in NAMES if "database" in transcript(name)]


@pytest.fixture
def app(server: Server) -> Iterator[str]:
    """The URL of a database named `app`, which is this test's alone: lock numbers depend on the name."""
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(hashtext('the database app'))")
        drop_database(connection, "app")
        connection.execute("CREATE DATABASE app TEMPLATE template0")
        yield url_of(server.url, "app")
        drop_database(connection, "app")


@pytest.mark.parametrize("name", [name for name in NAMES if name not in NAMED])
def test_migrate_does_as_recorded(name: str, make_database: MakeDatabase, tmp_path: Path) -> None:
    assert not replay(transcript(name), MIGRATE, Place(make_database(), tmp_path))


@pytest.mark.parametrize("name", NAMED)
def test_migrate_does_as_recorded_in_the_database_app(name: str, app: str, tmp_path: Path) -> None:
    assert transcript(name)["database"] == "app"
    assert not replay(transcript(name), MIGRATE, Place(app, tmp_path))


def test_there_are_transcripts() -> None:
    assert len(NAMES) >= 187
    assert len(NAMED) == 2
