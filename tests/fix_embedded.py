"""Embedded servers to be started and stopped by a test, and programs run beside it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import psycopg
import pytest

from whimbrel.errors import ServerError
from whimbrel.shadow.binaries import Binaries, find_binaries
from whimbrel.shadow.embedded import EmbeddedServer
from whimbrel.shadow.home import Home
from whimbrel.shadow.state import read_state, write_state

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DEADLINE_SECONDS = 20
MEMORY = Path("/dev/shm")


class Serve(Protocol):
    """The embedded server of a folder, stopped after the test."""

    def __call__(self, folder: Path, *, binaries: Path | None = None, port: int | None = None) -> EmbeddedServer: ...


@pytest.fixture(scope="session")
def binaries() -> Binaries:
    """The PostgreSQL that the tests start."""
    try:
        return find_binaries()
    except ServerError as error:
        pytest.skip(f"no PostgreSQL to start: {error}")


@pytest.fixture
def serve(binaries: Binaries) -> Iterator[Serve]:
    with ExitStack() as undo:

        def make(folder: Path, *, binaries: Path | None = None, port: int | None = None) -> EmbeddedServer:
            server = EmbeddedServer(folder, binaries=binaries, port=port)
            undo.callback(server.stop)
            return server

        yield make


@pytest.fixture(scope="session")
def stopped_project(binaries: Binaries, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose server was started once and stopped; to be copied."""
    folder = tmp_path_factory.mktemp("stopped")
    server = EmbeddedServer(folder)
    server.start()
    server.stop()
    return folder


@pytest.fixture
def quick_folder() -> Iterator[Path]:
    """A folder in memory where the system has one: a busy disk takes seconds for what a server writes."""
    with tempfile.TemporaryDirectory(dir=MEMORY if os.access(MEMORY, os.W_OK) else None) as folder:
        yield Path(folder)


@pytest.fixture
def project(stopped_project: Path, quick_folder: Path) -> Iterator[Path]:
    """A copy of `stopped_project`, with no port yet; its server is stopped after the test."""
    folder = quick_folder / "project"
    shutil.copytree(stopped_project, folder, copy_function=shutil.copyfile)
    home = Home(folder / ".whimbrel")
    for private in (home.folder, home.default_place.data):
        private.chmod(0o700)
    state = read_state(home)
    assert state
    write_state(home, replace(state, port=0))
    yield folder
    EmbeddedServer(folder).stop()


def answer(url: str, query: str) -> object:
    """The one value that a query gives."""
    with psycopg.connect(url, connect_timeout=5) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row
    return row[0]


def until(condition: Callable[[], object], what: str) -> None:
    """Returns when `condition` is true."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"still not so after {DEADLINE_SECONDS} s: {what}")
        time.sleep(0.005)


def run_python(code: str, *arguments: object, prefix: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    """Runs Python code in a process of its own, behind the words of another command if there are any."""
    command = [*prefix, sys.executable, "-W", "error", "-c", code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=os.environ | {"CI": ""})
