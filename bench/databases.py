"""Where is it measured? A PostgreSQL of the measurement's own on disk with fsync on, and fresh databases in it."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from whimbrel.shadow.databases import create_database, drop_database, url_of
from whimbrel.shadow.embedded import EmbeddedServer

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Bench:
    """A server to measure on, and a folder for the files of the measurement."""

    url: str
    folder: Path
    connection: psycopg.Connection

    @contextmanager
    def database(self) -> Iterator[str]:
        """Make an empty database for the body; what was written before is on the disk already."""
        name = create_database(self.connection)
        self.connection.execute("CHECKPOINT")
        try:
            yield plain(url_of(self.url, name))
        finally:
            drop_database(self.connection, name)

    def setting(self, name: str) -> str:
        """Return one of the server's settings."""
        row = self.connection.execute("SELECT current_setting(%s)", [name]).fetchone()
        return str(row[0]) if row else ""


def plain(url: str) -> str:
    """Return the URL without TLS, which golang-migrate demands and a local server has not."""
    return url if "?" in url else f"{url}?sslmode=disable"


@contextmanager
def opened(url: str | None, folder: Path | None) -> Iterator[Bench]:
    """Open the server `url`, or start one with its data in `folder`, which should be on a disk and not in memory."""
    with tempfile.TemporaryDirectory(prefix="whimbrel-bench-", dir=folder) as made:
        place = Path(made).resolve()
        place.chmod(0o755)
        server = None if url else EmbeddedServer(place)
        try:
            where = url or (server.start().url if server else "")
            with psycopg.connect(where, autocommit=True) as connection:
                bench = Bench(where, place, connection)
                if bench.setting("fsync") != "on" or bench.setting("synchronous_commit") == "off":
                    message = "the server does not wait for its disk: measure on one with fsync and synchronous_commit"
                    raise SystemExit(message)
                yield bench
        finally:
            if server is not None:
                server.stop()
