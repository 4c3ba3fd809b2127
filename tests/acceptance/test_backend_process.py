"""The reference backend as a process: it serves, comes back when the database does, and ends when it is told to."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from whimbrel.migrator import Migrator, parse_url, path_source
from whimbrel.shadow.port import choose_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

ROOT = Path(__file__).parents[2]
DEADLINE_S = 30


@pytest.fixture
def backend(database: str, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], httpx.Client]]:
    port = choose_port()
    environment = os.environ | {
        "DATABASE_URL": database,
        "PORT": str(port),
        "PYTHONPATH": f"{ROOT / 'reference'}{os.pathsep}{ROOT / 'src'}",
    }
    with (tmp_path / "out").open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "backend"], env=environment, stdout=out, stderr=subprocess.PIPE
        )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=DEADLINE_S) as client:
            until(lambda: answers(client), process)
            yield process, client
    finally:
        process.kill()
        process.communicate()


def answers(client: httpx.Client) -> bool:
    try:
        return client.get("/healthz").status_code == 200
    except httpx.TransportError:
        return False


def until(condition: object, process: subprocess.Popen[bytes]) -> None:
    assert callable(condition)
    end = time.monotonic() + DEADLINE_S
    while not condition():
        assert process.poll() is None
        assert time.monotonic() < end
        time.sleep(0.02)


def migrate(database: str) -> None:
    with Migrator(path_source(str(ROOT / "reference/backend/migrations")), parse_url(database)) as migrator:
        migrator.up()


def test_it_is_ready_once_the_schema_is(backend: tuple[subprocess.Popen[bytes], httpx.Client], database: str) -> None:
    process, client = backend
    before = client.get("/readyz")
    assert before.status_code == 503
    migrate(database)
    assert client.get("/readyz").json() == {"status": "ready", "version": 11}
    process.send_signal(signal.SIGTERM)
    assert process.wait(DEADLINE_S) in {0, -signal.SIGTERM}


def test_what_happened_is_published_on_standard_output(
    backend: tuple[subprocess.Popen[bytes], httpx.Client], database: str, tmp_path: Path
) -> None:
    process, client = backend
    migrate(database)
    ada = client.post("/users", json={"email": "ada@example.com", "name": "Ada"}).json()

    def published() -> list[dict[str, object]]:
        lines = (tmp_path / "out").read_text().splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("\n")]

    until(published, process)
    told = {"id": 1, "topic": "user.registered", "key": ada["id"], "payload": {"user_id": ada["id"]}}
    assert published() == [told]


def test_sessions_that_the_server_ends_are_replaced(
    backend: tuple[subprocess.Popen[bytes], httpx.Client], database: str, observer: psycopg.Connection
) -> None:
    _, client = backend
    migrate(database)
    ada = client.post("/users", json={"email": "ada@example.com", "name": "Ada"})
    assert ada.status_code == 201
    for _ in range(5):
        observer.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        first = client.get(f"/users/{ada.json()['id']}")
        assert first.status_code in {200, 503}
        assert client.get(f"/users/{ada.json()['id']}").status_code == 200
