"""What golang-migrate did in recorded cases, our `migrate` does too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest
from replay import MIGRATE, TRANSCRIPTS, Place, replay, transcript

from whimbrel.shadow.databases import drop_database, url_of
from whimbrel.shadow.throwaway import throwaway_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fix_postgres import MakeDatabase

    from whimbrel.shadow.binaries import Binaries

NAMES = sorted(path.stem for path in TRANSCRIPTS.glob("*.json"))
NAMED = [name for name in NAMES if "database" in transcript(name)]


@pytest.fixture
def app(binaries: Binaries) -> Iterator[str]:
    """The URL of a database named `app`, on a server of its own: lock numbers depend on the name."""
    with throwaway_server() as running, psycopg.connect(url_of(running.url, "postgres"), autocommit=True) as connection:
        drop_database(connection, "app")
        connection.execute("CREATE DATABASE app TEMPLATE template0")
        yield url_of(running.url, "app")


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
