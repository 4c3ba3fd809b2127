"""Whimbrel and the real golang-migrate take turns on one database, and keep out of each other's way."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from fix_postgres import until
from replay import MIGRATE, WHIMBREL

if TYPE_CHECKING:
    from collections.abc import Callable

DEADLINE_S = 60
HELD = 42
WAITING = (
    "EXISTS (SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database AND d.datname = current_database()"
    " WHERE l.locktype = 'advisory' AND NOT l.granted AND l.objid {})"
)
WAITS_IN_FILE = WAITING.format(f"= {HELD}")
WAITS_TO_MIGRATE = WAITING.format(f"<> {HELD}")


def real_migrate() -> str | None:
    """The real one on PATH: ours says more than the bare version."""
    found = shutil.which("migrate")
    if found is None or Path(found).resolve().parent == Path(sys.executable).resolve().parent:
        return None
    said = subprocess.run([found, "-version"], capture_output=True, text=True, check=False)
    return found if said.stderr.strip() == "4.19.1" else None


REAL = real_migrate()
pytestmark = [
    pytest.mark.go,
    pytest.mark.skipif(
        REAL is None, reason="golang-migrate 4.19.1 is not on PATH; bench/README.md says how to build it"
    ),
]


def go(folder: Path, url: str, *words: str) -> list[str]:
    assert REAL
    return [REAL, "-path", str(folder), "-database", url, *words]


def go_without_path(folder: Path, url: str, *words: str) -> list[str]:
    """Golang-migrate with a URL that has no path hashes the bare database name, as its library does."""
    head, _, rest = url.partition("://")
    login, _, tail = rest.partition("/")
    name, _, parameters = tail.partition("?")
    return go(folder, f"{head}://{login}?dbname={name}&{parameters}", *words)


def migrate(folder: Path, url: str, *words: str) -> list[str]:
    return [*MIGRATE, "-path", str(folder), "-database", url, *words]


def whimbrel(folder: Path, url: str, *words: str) -> list[str]:
    given = ["--all", "--yes"] if words[1:] == ("-all",) else list(words[1:])
    return [*WHIMBREL, words[0], *given, "--path", str(folder), "--database", url]


OURS = pytest.mark.parametrize("ours", [migrate, whimbrel])
THEIRS = pytest.mark.parametrize("theirs", [go, go_without_path])


def run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=DEADLINE_S)


def succeed(command: list[str]) -> None:
    done = run(command)
    assert done.returncode == 0, done.stderr


def state(observer: psycopg.Connection) -> list[tuple[int, bool]]:
    return observer.execute("SELECT version, dirty FROM schema_migrations").fetchall()


@pytest.fixture
def five(tmp_path: Path) -> Path:
    folder = tmp_path / "m"
    folder.mkdir()
    for number in range(1, 6):
        (folder / f"{number}_t.up.sql").write_text(f"CREATE TABLE t{number} (id int);")
        (folder / f"{number}_t.down.sql").write_text(f"DROP TABLE t{number};")
    return folder


@OURS
def test_a_database_goes_to_and_fro_between_the_two(
    ours: Callable[..., list[str]], five: Path, database: str, observer: psycopg.Connection
) -> None:
    steps: list[tuple[Callable[..., list[str]], tuple[str, ...], list[tuple[int, bool]]]] = [
        (go, ("up", "2"), [(2, False)]),
        (ours, ("up", "1"), [(3, False)]),
        (go, ("up",), [(5, False)]),
        (ours, ("down", "2"), [(3, False)]),
        (go, ("goto", "1"), [(1, False)]),
        (ours, ("goto", "4"), [(4, False)]),
        (go, ("force", "3"), [(3, False)]),
        (ours, ("force", "4"), [(4, False)]),
        (go, ("down", "-all"), []),
        (ours, ("up",), [(5, False)]),
        (go, ("version",), [(5, False)]),
        (ours, ("down", "-all"), []),
    ]
    for tool, words, expected in steps:
        succeed(tool(five, database, *words))
        assert state(observer) == expected, words


@pytest.fixture
def held(five: Path, observer: psycopg.Connection) -> Path:
    """Files of which the first waits until the observer lets go of a lock."""
    (five / "1_t.up.sql").write_text(f"CREATE TABLE t1 (id int); SELECT pg_advisory_xact_lock({HELD});")
    observer.execute(f"SELECT pg_advisory_lock({HELD})".encode())
    return five


@OURS
@THEIRS
def test_ours_waits_while_golang_migrate_runs(
    ours: Callable[..., list[str]],
    theirs: Callable[..., list[str]],
    held: Path,
    database: str,
    observer: psycopg.Connection,
) -> None:
    first = subprocess.Popen(theirs(held, database, "up"), stderr=subprocess.PIPE, text=True)
    until(observer, WAITS_IN_FILE)
    second = subprocess.Popen(ours(held, database, "up"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert second.stderr
    assert "waiting for the migration lock" in second.stderr.readline()
    observer.execute(f"SELECT pg_advisory_unlock({HELD})".encode())
    said = second.communicate(timeout=DEADLINE_S)[1]
    first.communicate(timeout=DEADLINE_S)
    assert (first.returncode, second.returncode) == (0, 0), said
    assert "no change" in said
    assert state(observer) == [(5, False)]


@OURS
@THEIRS
def test_golang_migrate_waits_while_ours_runs(
    ours: Callable[..., list[str]],
    theirs: Callable[..., list[str]],
    held: Path,
    database: str,
    observer: psycopg.Connection,
) -> None:
    first = subprocess.Popen(ours(held, database, "up"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    until(observer, WAITS_IN_FILE)
    second = subprocess.Popen(theirs(held, database, "up"), stderr=subprocess.PIPE, text=True)
    until(observer, WAITS_TO_MIGRATE)
    observer.execute(f"SELECT pg_advisory_unlock({HELD})".encode())
    said = first.communicate(timeout=DEADLINE_S)
    text = second.communicate(timeout=DEADLINE_S)[1]
    assert (first.returncode, second.returncode) == (0, 0), (said, text)
    assert text == "no change\n"
    assert state(observer) == [(5, False)]


@OURS
def test_a_dirty_row_of_golang_migrate_is_refused_until_force(
    ours: Callable[..., list[str]], five: Path, database: str, observer: psycopg.Connection
) -> None:
    (five / "2_t.up.sql").write_text("SELECT nope;")
    assert run(go(five, database, "up")).returncode == 1
    assert state(observer) == [(2, True)]
    done = run(ours(five, database, "up"))
    assert done.returncode == 1
    assert "dirty" in done.stderr.lower()
    assert state(observer) == [(2, True)]
    succeed(ours(five, database, "force", "1"))
    (five / "2_t.up.sql").write_text("CREATE TABLE t2 (id int);")
    succeed(ours(five, database, "up"))
    assert state(observer) == [(5, False)]


@OURS
def test_a_dirty_row_of_ours_is_golang_migrates_dirty(
    ours: Callable[..., list[str]], five: Path, database: str, observer: psycopg.Connection
) -> None:
    (five / "2_t.up.sql").write_text("BEGIN; CREATE TABLE t2 (id int); COMMIT; SELECT nope;")
    assert run(ours(five, database, "up")).returncode == 1
    assert state(observer) == [(2, True)]
    done = run(go(five, database, "up"))
    assert done.returncode == 1
    assert done.stderr == "error: Dirty database version 2. Fix and force version.\n"
    succeed(go(five, database, "force", "2"))
    succeed(go(five, database, "up"))
    assert state(observer) == [(5, False)]
    done = run(ours(five, database, "up"))
    assert done.returncode == 0
    assert "no change" in done.stderr


@OURS
def test_a_waiting_golang_migrate_costs_a_concurrent_index_and_the_next_up_builds_it(
    ours: Callable[..., list[str]], five: Path, database: str, observer: psycopg.Connection
) -> None:
    """Its blocked pg_advisory_lock holds a snapshot, for which the build waits: a deadlock that one of them loses."""
    (five / "2_t.up.sql").write_text("CREATE INDEX CONCURRENTLY t1_id ON t1 (id);")
    (five / "2_t.down.sql").write_text("DROP INDEX CONCURRENTLY t1_id;")
    succeed(ours(five, database, "up", "1"))
    with psycopg.connect(database) as writer:
        writer.execute("INSERT INTO t1 VALUES (1)")  # the build waits for this transaction
        first = subprocess.Popen(ours(five, database, "up"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        until(observer, "EXISTS (SELECT FROM pg_stat_progress_create_index WHERE datname = current_database())")
        second = subprocess.Popen(go(five, database, "up"), stderr=subprocess.PIPE, text=True)
        until(observer, WAITS_TO_MIGRATE)
    out, err = first.communicate(timeout=DEADLINE_S)
    text = second.communicate(timeout=DEADLINE_S)[1]
    if first.returncode:  # the build lost
        assert "deadlock detected" in err, (out, err, text)
        assert "waits for the migration lock" in err
    until(observer, "NOT EXISTS (SELECT FROM pg_index WHERE NOT indisvalid)")
    succeed(ours(five, database, "up"))
    assert state(observer) == [(5, False)]
    assert observer.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = 't1_id'::regclass").fetchone() == (
        True,
    )
