"""Deployments that start at once apply every file once, and those that wait are in nobody's way."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psycopg
import pytest
from fix_embedded import until
from replay import MIGRATE, WHIMBREL

if TYPE_CHECKING:
    from pathlib import Path

FILES = 12
RUNNERS = 20
APPLIED = re.compile(r"applied  0|\d+/u ")


def write_files(folder: Path) -> None:
    folder.mkdir()
    for number in range(1, FILES + 1):
        # A file that runs twice fails on its table, one that is skipped leaves a hole in the numbers.
        text = f"CREATE TABLE t{number} (id int);\nINSERT INTO ran VALUES ({number});\n"
        if number == 1:
            text = f"CREATE TABLE ran (number int);\n{text}"
        (folder / f"{number:06d}_t.up.sql").write_text(text)
    (folder / f"{FILES + 1:06d}_i.up.sql").write_text("CREATE INDEX CONCURRENTLY ran_number ON ran (number);\n")


def command(number: int, folder: Path, url: str) -> list[str]:
    if number % 2:
        return [*MIGRATE, "-path", str(folder), "-database", url, "-lock-timeout", "60", "up"]
    return [*WHIMBREL, "up", "--path", str(folder), "--database", url, "--lock-timeout", "60"]


def test_twenty_runners_apply_each_file_once(tmp_path: Path, database: str, observer: psycopg.Connection) -> None:
    folder = tmp_path / "m"
    write_files(folder)
    runners = [
        subprocess.Popen(command(n, folder, database), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for n in range(RUNNERS)
    ]
    said = [runner.communicate(timeout=120)[0] for runner in runners]
    assert [runner.returncode for runner in runners] == [0] * RUNNERS, said
    ran = observer.execute("SELECT number FROM ran ORDER BY 1").fetchall()
    assert ran == [(number,) for number in range(1, FILES + 1)]
    assert observer.execute("SELECT version, dirty FROM schema_migrations").fetchall() == [(FILES + 1, False)]
    applied = [line for text in said for line in text.splitlines() if APPLIED.match(line)]
    assert len(applied) == FILES + 1, said


BUILDING = "query LIKE 'CREATE INDEX CONCURRENTLY%' AND wait_event_type = 'Lock'"


def begin(number: int, folder: Path, url: str) -> subprocess.Popen[str]:
    words = command(number, folder, url)
    return subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def looks(observer: psycopg.Connection, condition: str) -> bool:
    """Whether a session of the database is so."""
    query = f"SELECT FROM pg_stat_activity WHERE datname = current_database() AND {condition}"
    return bool(observer.execute(query.encode()).fetchall())


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("second", [0, 1])
def test_a_run_that_waits_does_not_hold_up_a_concurrent_index(
    first: int, second: int, tmp_path: Path, database: str, observer: psycopg.Connection
) -> None:
    """A waiter that blocks in the server would be found to be part of a deadlock (golang-migrate's issue 960)."""
    observer.execute(f"ALTER DATABASE {urlsplit(database).path[1:]} SET deadlock_timeout = '20ms'".encode())
    observer.execute("CREATE TABLE t (id int)")
    (tmp_path / "1_i.up.sql").write_text("CREATE INDEX CONCURRENTLY ti ON t (id);")
    with psycopg.connect(database) as writer:
        writer.execute("INSERT INTO t VALUES (1)")
        builder = begin(first, tmp_path, database)
        until(lambda: looks(observer, BUILDING), "the index waits for the writer")
        waiter = begin(second, tmp_path, database)
        assert waiter.stderr
        assert "waiting for the migration lock" in waiter.stderr.readline()
        # Again and again past the time after which the server looks for deadlocks.
        until(lambda: looks(observer, f"{BUILDING} AND query_start < clock_timestamp() - interval '0.6 s'"), "time")
    said = builder.communicate(timeout=60)[1], waiter.communicate(timeout=60)[1]
    assert (builder.returncode, waiter.returncode) == (0, 0), said
    assert observer.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = 'ti'::regclass").fetchone() == (True,)
    assert "no change" in said[1]
