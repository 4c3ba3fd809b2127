"""A real PgBouncer in transaction mode, where one is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psycopg
import pytest

from whimbrel.shadow.port import choose_port

if TYPE_CHECKING:
    from collections.abc import Iterator

DEADLINE_S = 20


@pytest.fixture
def behind_pgbouncer(database: str) -> Iterator[str]:
    """The URL of the test's database by way of a PgBouncer that keeps a server's session for a transaction only."""
    program = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        pytest.skip("there is no pgbouncer")
    server = urlsplit(database)
    port = choose_port()
    with tempfile.TemporaryDirectory(prefix="pgbouncer-") as place:
        folder = Path(place)
        folder.chmod(0o755)
        (folder / "users").write_text(f'"{server.username}" "{server.password}"\n')
        (folder / "ini").write_text(
            f"[databases]\n* = host={server.hostname} port={server.port}\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
            f"auth_type = plain\nauth_file = {folder / 'users'}\npool_mode = transaction\nmax_client_conn = 200\n"
        )
        as_nobody = ["-u", "nobody"] if os.geteuid() == 0 else []
        process = subprocess.Popen(
            [program, *as_nobody, str(folder / "ini")], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        try:
            url = database.replace(f"@{server.hostname}:{server.port}/", f"@127.0.0.1:{port}/")
            _wait_for(url, process)
            yield url
        finally:
            process.kill()
            process.communicate()


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + DEADLINE_S
    while True:
        try:
            psycopg.connect(url, connect_timeout=2).close()
        except psycopg.OperationalError:
            assert process.poll() is None, process.stderr and process.stderr.read()
            assert time.monotonic() < end
            time.sleep(0.02)
        else:
            return
