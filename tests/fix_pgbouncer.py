"""A real PgBouncer in transaction mode, where one is installed; with `via` a test runs directly and through it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import psycopg
import pytest

from whimbrel.persistence.options import Pooler, PoolSettings
from whimbrel.shadow.port import choose_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fix_postgres import Server

DEADLINE_S = 20


@dataclass(frozen=True, slots=True)
class PgBouncer:
    """One in front of a server, for all of its databases."""

    server: str
    port: int

    def url(self, database: str) -> str:
        """The URL of a database of the server, by way of it."""
        given = urlsplit(self.server)
        return database.replace(f"@{given.hostname}:{given.port}/", f"@127.0.0.1:{self.port}/")


@pytest.fixture(scope="session")
def pgbouncer(server: Server) -> Iterator[PgBouncer]:
    """A PgBouncer before the server of the run; one for all tests of a worker."""
    with pgbouncer_before(server) as running:
        yield running


@contextmanager
def pgbouncer_before(server: Server) -> Iterator[PgBouncer]:
    """A PgBouncer that keeps a server's session for a transaction only."""
    program = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        pytest.skip("there is no pgbouncer")
    ours = PgBouncer(server.url, choose_port())
    with tempfile.TemporaryDirectory(prefix="pgbouncer-") as place:
        folder = Path(place)
        folder.chmod(0o755)
        (folder / "users").write_text(f'"{server.user}" "{server.password}"\n')
        (folder / "ini").write_text(
            f"[databases]\n* = host={server.host} port={server.port}\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {ours.port}\nunix_socket_dir =\n"
            f"auth_type = plain\nauth_file = {folder / 'users'}\npool_mode = transaction\nmax_client_conn = 200\n"
            "server_login_retry = 0.1\n"  # as it is, a server that was away is away for 15 s more
        )
        as_nobody = ["-u", "nobody"] if os.geteuid() == 0 else []
        log = folder / "log"
        with log.open("wb") as written:
            process = subprocess.Popen([program, *as_nobody, str(folder / "ini")], stdout=written, stderr=written)
        try:
            _wait_for(ours.url(server.url), process, log)
            yield ours
        finally:
            process.kill()
            process.wait()


@pytest.fixture
def behind_pgbouncer(database: str, pgbouncer: PgBouncer) -> str:
    """The URL of the test's database by way of a PgBouncer."""
    return pgbouncer.url(database)


class Way(StrEnum):
    """How the toolkit reaches a test's database."""

    DIRECT = "direct"
    PGBOUNCER = "pgbouncer"


@dataclass(frozen=True, slots=True)
class Via:
    """The test's database as a service has it."""

    way: Way
    url: str

    def settings(self, **changes: Any) -> PoolSettings:
        """The settings of a pool that goes this way."""
        pooler = Pooler.NONE if self.way is Way.DIRECT else Pooler.PGBOUNCER_TRANSACTION
        return PoolSettings(pooler=pooler, **changes)

    @property
    def is_direct(self) -> bool:
        """Whether a connection is a session, in which statements are prepared."""
        return self.way is Way.DIRECT


@pytest.fixture(params=list(Way))
def via(request: pytest.FixtureRequest, database: str) -> Via:
    """The test's database, directly and by way of a PgBouncer with its profile; `observer` is always direct."""
    way: Way = request.param
    return Via(way, database if way is Way.DIRECT else request.getfixturevalue("behind_pgbouncer"))


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + DEADLINE_S
    while True:
        try:
            psycopg.connect(url, connect_timeout=2).close()
        except psycopg.OperationalError:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < end
            time.sleep(0.02)
        else:
            return
