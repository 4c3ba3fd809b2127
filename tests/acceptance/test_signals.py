"""A signal ends a run between two files, a second one ends the running statement, and nothing is left half-way."""

from __future__ import annotations

import re
import signal
import subprocess
from typing import TYPE_CHECKING

import psycopg
import pytest
from fix_postgres import until
from replay import MIGRATE, WHIMBREL

from whimbrel.postgres.advisory_lock import lock_id
from whimbrel.shadow.throwaway import throwaway_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Door = Callable[..., list[str]]

DEADLINE_S = 60
MANY = 1500
SMALLEST_COMMIT_BYTES = 34
"""A commit record is at least as long: with less than that unflushed, no commit is."""


def migrate(folder: Path, url: str, *words: str) -> list[str]:
    return [*MIGRATE, "-path", str(folder), "-database", url, *words]


def whimbrel(folder: Path, url: str, *words: str) -> list[str]:
    return [*WHIMBREL, *words, "--path", str(folder), "--database", url]


DOORS = pytest.mark.parametrize("door", [migrate, whimbrel])
STOPPED: dict[Door, int] = {migrate: 0, whimbrel: 130}


class Run:
    """A command on its way."""

    def __init__(self, command: list[str], **options: object) -> None:
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,  # type: ignore[call-overload]
        )

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def end(self, answer: str = "") -> tuple[int, str]:
        out, err = self.process.communicate(answer, timeout=DEADLINE_S)
        return self.process.returncode, out + err


SLEEPING = "EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep')"


def version(observer: psycopg.Connection) -> list[tuple[int, bool]]:
    return observer.execute("SELECT version, dirty FROM schema_migrations").fetchall()


@pytest.fixture
def slow(tmp_path: Path) -> Path:
    """Three files, the second of which takes a moment."""
    folder = tmp_path / "m"
    folder.mkdir()
    (folder / "1_a.up.sql").write_text("CREATE TABLE a (id int);")
    (folder / "2_b.up.sql").write_text("CREATE TABLE b (id int);\nSELECT pg_sleep(0.7);")
    (folder / "3_c.up.sql").write_text("CREATE TABLE c (id int);")
    return folder


@DOORS
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_lets_the_running_file_end_and_begins_no_other(
    door: Door, number: signal.Signals, slow: Path, database: str, observer: psycopg.Connection
) -> None:
    run = Run(door(slow, database, "up"))
    until(observer, SLEEPING)
    run.send(number)
    code, said = run.end()
    assert code == STOPPED[door], said
    assert version(observer) == [(2, False)]
    assert observer.execute("SELECT to_regclass('b') IS NOT NULL, to_regclass('c') IS NULL").fetchone() == (True, True)


@DOORS
def test_a_second_signal_cancels_the_statement_and_rolls_its_file_back(
    door: Door, slow: Path, database: str, observer: psycopg.Connection
) -> None:
    (slow / "2_b.up.sql").write_text("CREATE TABLE b (id int);\nSELECT pg_sleep(50);")
    run = Run(door(slow, database, "up"))
    until(observer, SLEEPING)
    run.send(signal.SIGTERM)
    assert run.process.stderr
    line = run.process.stderr.readline()
    while "topping after" not in line:  # the second signal must find the first one handled
        line = run.process.stderr.readline()
        assert line
    run.send(signal.SIGTERM)
    code, said = run.end()
    assert code == 1, said
    assert "canceling statement due to user request" in said
    assert version(observer) == [(1, False)]
    assert observer.execute("SELECT to_regclass('b') IS NULL").fetchone() == (True,)


@DOORS
def test_a_burst_of_signals_is_as_good_as_two(
    door: Door, slow: Path, database: str, observer: psycopg.Connection
) -> None:
    (slow / "2_b.up.sql").write_text("CREATE TABLE b (id int);\nSELECT pg_sleep(50);")
    run = Run(door(slow, database, "up"))
    until(observer, SLEEPING)
    for _ in range(5):
        run.send(signal.SIGTERM)
        run.send(signal.SIGINT)
    code, said = run.end()
    assert code == 1, said
    assert "canceling statement due to user request" in said
    assert version(observer) == [(1, False)]


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """Light files, of which several are on their way at once."""
    folder = tmp_path / "m"
    folder.mkdir()
    (folder / "0001_t.up.sql").write_text("CREATE TABLE ran (number int);")
    for number in range(2, MANY + 1):
        (folder / f"{number:04d}_t.up.sql").write_text(f"INSERT INTO ran VALUES ({number});")
    return folder


@pytest.mark.parametrize("rows", [1, 40, 150, 333])
@DOORS
def test_a_signal_stops_exactly_between_two_of_many_files(
    door: Door, rows: int, many: Path, database: str, observer: psycopg.Connection
) -> None:
    run = Run(door(many, database, "up"))
    until(observer, "to_regclass('ran') IS NOT NULL")
    until(observer, f"(SELECT count(*) FROM ran) >= {rows}")
    run.send(signal.SIGINT)
    code, said = run.end()
    assert code == STOPPED[door], said
    ((reached, dirty),) = version(observer)
    assert not dirty
    assert rows <= reached < MANY
    done = [int(n) for n in re.findall(r"^(?:applied  )?0*(\d+)(?:/u|_t\.up\.sql)", said, re.MULTILINE)]
    assert done == list(range(1, reached + 1))
    assert observer.execute("SELECT array_agg(number ORDER BY number) FROM ran").fetchone() == (done[1:],)
    code, said = Run(door(many, database, "up")).end()
    assert code == 0, said
    assert version(observer) == [(MANY, False)]


@pytest.fixture
def lazy() -> Iterator[str]:
    """The URL of a server whose commits wait for the disk, and which flushes the log for nobody else."""
    settings = {"synchronous_commit": "on", "wal_writer_delay": "10s", "wal_writer_flush_after": "1GB"}
    with throwaway_server(settings=settings) as running:
        yield running.url


@pytest.mark.parametrize("ending", ["signal", "failure", "end"])
@DOORS
def test_what_was_reported_is_flushed_when_the_run_ends(door: Door, ending: str, many: Path, lazy: str) -> None:
    if ending == "failure":
        (many / f"{MANY - 100:04d}_t.up.sql").write_text("SELECT nope;")
    with psycopg.connect(lazy, autocommit=True) as observer:
        run = Run(door(many, lazy, "up"))
        if ending == "signal":
            until(observer, "to_regclass('ran') IS NOT NULL")
            until(observer, "(SELECT count(*) FROM ran) >= 60")
            run.send(signal.SIGTERM)
        code, said = run.end()
        assert code == {"signal": STOPPED[door], "failure": 1, "end": 0}[ending], said
        row = observer.execute("SELECT pg_current_wal_insert_lsn() - pg_current_wal_flush_lsn()").fetchone()
    assert row
    assert row[0] < SMALLEST_COMMIT_BYTES


def test_a_reader_that_goes_away_leaves_the_version_true(
    many: Path, database: str, observer: psycopg.Connection
) -> None:
    with subprocess.Popen(whimbrel(many, database, "up"), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline().startswith("applied")
        process.stdout.close()
        assert process.wait(DEADLINE_S) == 1
    ((reached, dirty),) = version(observer)
    assert not dirty
    assert observer.execute("SELECT max(number), count(*) FROM ran").fetchone() == (reached, reached - 1)
    assert Run(whimbrel(many, database, "up")).end()[0] == 0


@DOORS
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("command", ["down", "drop"])
def test_a_signal_at_a_question_is_a_no(
    door: Door, number: signal.Signals, command: str, slow: Path, database: str, observer: psycopg.Connection
) -> None:
    (slow / "2_b.up.sql").write_text("CREATE TABLE b (id int);")
    assert Run(door(slow, database, "up")).end()[0] == 0
    run = Run(door(slow, database, command, *(["--all"] if (door, command) == (whimbrel, "down") else [])))
    assert run.process.stderr
    while run.process.stderr.read(1) != "?":
        assert run.process.poll() is None
    run.send(number)
    assert run.process.wait(DEADLINE_S) == 1  # without an answer
    run.end()
    assert version(observer) == [(3, False)]


@DOORS
def test_a_signal_ends_the_wait_for_the_lock(
    door: Door, slow: Path, database: str, observer: psycopg.Connection
) -> None:
    number = lock_id("public", "schema_migrations", f"/{observer.info.dbname}")
    observer.execute(f"SELECT pg_advisory_lock({number})".encode())
    run = Run(door(slow, database, "up"))
    assert run.process.stderr
    assert "waiting for the migration lock" in run.process.stderr.readline()
    run.send(signal.SIGTERM)
    code, said = run.end()
    assert code == STOPPED[door], said
    assert "can't acquire" not in said
    assert observer.execute("SELECT to_regclass('a') IS NULL").fetchone() == (True,)


@DOORS
@pytest.mark.parametrize("stays", [False, True])
def test_a_second_signal_while_an_index_is_built(
    door: Door, stays: bool, slow: Path, database: str, observer: psycopg.Connection
) -> None:
    """What is half built is removed; where somebody's transaction holds that up too, the next run does it."""
    (slow / "2_b.up.sql").write_text("CREATE INDEX CONCURRENTLY ai ON a (id);\nCREATE TABLE b (id int);")
    assert Run(door(slow, database, "up", "1")).end()[0] == 0
    with psycopg.connect(database) as writer:
        writer.execute("INSERT INTO a VALUES (1)")
        run = Run(door(slow, database, "up"))
        until(observer, "EXISTS (SELECT FROM pg_index WHERE indrelid = 'a'::regclass AND NOT indisvalid)")
        run.send(signal.SIGINT)
        assert run.process.stderr
        while "topping after" not in run.process.stderr.readline():
            assert run.process.poll() is None
        run.send(signal.SIGINT)
        if not stays:
            until(observer, DROPPING)
            writer.rollback()
        code, said = run.end()
    assert code == 1, said
    assert version(observer) == ([(2, True)] if stays else [(1, False)])
    indexes = "SELECT count(*) FROM pg_index WHERE indrelid = 'a'::regclass"
    assert observer.execute(indexes.encode()).fetchone() == (int(stays),)
    code, said = Run(door(slow, database, "up")).end()
    assert code == 0, said
    assert version(observer) == [(3, False)]


DROPPING = (
    "EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'DROP INDEX CONCURRENTLY%')"
)
