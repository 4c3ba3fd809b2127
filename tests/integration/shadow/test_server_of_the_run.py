"""One server for a whole run of pytest, also a parallel one, and none after it, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from fix_embedded import until

from whimbrel.shadow.postmaster import is_taken

if TYPE_CHECKING:
    from fix_postgres import MakeDatabase, Server

    from whimbrel.shadow.binaries import Binaries

TESTS = Path(__file__).parents[2]
REPORTS = """
import os, pathlib, psycopg, pytest
@pytest.mark.parametrize("n", range(4))
def test_it(server, database, n):
    with psycopg.connect(database) as connection:
        facts = connection.execute("SELECT pg_read_file('postmaster.pid'), current_setting('data_directory')")
        pid_file, data = facts.fetchone()
    pathlib.Path(__file__).with_name(f"report-{n}").write_text(pid_file.split()[0] + " " + data)
"""
HANGS = REPORTS + "    os.read(os.open(pathlib.Path(__file__).with_name('pipe'), os.O_RDONLY), 1)\n"


def run_pytest(folder: Path, *words: str, ci: str = "") -> subprocess.Popen[bytes]:
    environment = os.environ | {"PYTHONPATH": str(TESTS), "CI": ci}
    for name in [name for name in environment if name.startswith("PYTEST_")]:
        del environment[name]
    return subprocess.Popen(
        [sys.executable, "-m", "pytest", "-p", "fix_postgres", "-p", "no:hypothesispytest", "-q", *words, str(folder)],
        env=environment,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def reports(folder: Path) -> set[tuple[str, str]]:
    return {
        (pid, data) for path in folder.glob("report-*") for pid, _, data in [path.read_text().partition(" ")] if data
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "test_it.py").write_text(REPORTS)
    return tmp_path


def test_all_workers_share_one_server_that_ends_with_the_run(folder: Path, binaries: Binaries) -> None:
    with run_pytest(folder, "-n", "2") as run:
        said = run.communicate(timeout=60)[0].decode()
    assert "4 passed" in said
    ((pid, data),) = reports(folder)
    assert not is_taken(int(pid))
    assert not Path(data).exists()


def test_a_killed_run_takes_its_server_along(folder: Path, binaries: Binaries) -> None:
    (folder / "test_it.py").write_text(HANGS)
    os.mkfifo(folder / "pipe")
    with run_pytest(folder, "-n", "2") as run:
        until(lambda: reports(folder), "a test is under way")
        run.send_signal(signal.SIGKILL)
    ((pid, data),) = reports(folder)
    until(lambda: not is_taken(int(pid)), "the server is gone")
    until(lambda: not Path(data).exists(), "its data is gone")


def test_another_server_can_be_named(folder: Path, server: Server) -> None:
    with run_pytest(folder, "--pg-url", server.url) as run:
        said = run.communicate(timeout=60)[0].decode()
    assert "4 passed" in said
    ((_, data),) = reports(folder)
    with psycopg.connect(server.url) as connection:
        assert connection.execute("SELECT current_setting('data_directory')").fetchone() == (data,)


@pytest.mark.parametrize(("ci", "outcome"), [("", "4 skipped"), ("true", "4 errors")])
def test_without_a_server_tests_are_skipped_and_fail_in_ci(
    folder: Path, monkeypatch: pytest.MonkeyPatch, ci: str, outcome: str
) -> None:
    monkeypatch.setenv("WHIMBREL_POSTGRES_BIN", str(folder))
    with run_pytest(folder, "-rs", ci=ci) as run:
        said = run.communicate(timeout=60)[0].decode()
    assert outcome in said
    assert "there is no program postgres in it" in said


def test_a_database_is_empty_and_a_copy_is_not(
    database: str, observer: psycopg.Connection, make_database: MakeDatabase
) -> None:
    assert observer.autocommit
    with psycopg.connect(database) as connection:
        connection.execute("CREATE TABLE t ()")
        assert observer.execute("SELECT count(*) FROM pg_tables WHERE tablename = 't'").fetchone() == (0,)
    assert observer.execute("SELECT count(*) FROM pg_tables WHERE tablename = 't'").fetchone() == (1,)
    observer.close()
    with psycopg.connect(make_database(template=database)) as connection:
        connection.execute("TABLE t")
    with psycopg.connect(make_database()) as connection:
        assert connection.execute("SELECT count(*) FROM pg_tables WHERE tablename = 't'").fetchone() == (0,)
