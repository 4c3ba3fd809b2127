"""A file that gives up our locks: they are taken again before the next one, or the run stops there."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
import pytest
from catalog import Row
from fix_embedded import until
from projects import warnings

from whimbrel.errors import LockNotAcquired, VersionTableError
from whimbrel.migrator import Settings
from whimbrel.postgres.advisory_lock import lock_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from projects import Project

ADVISORY = "locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
TAKEN = "a file gave up the migration lock; it is taken again"
AFTER = ("CREATE TABLE b (id int);", "CREATE TABLE c (id int);")
GIVING_UP = {
    "transaction": "CREATE TABLE a (id int);\nSELECT pg_advisory_unlock_all();",
    "own block": "BEGIN ISOLATION LEVEL SERIALIZABLE;\nSELECT pg_advisory_unlock_all();\nCOMMIT;",
    "discard all": "CREATE TABLE a (id int);\nDISCARD ALL;\nCREATE TABLE d (id int);",
    "unit": "BEGIN; SELECT pg_advisory_unlock_all(); COMMIT; BEGIN; CREATE TABLE d (id int); COMMIT;",
    "script": "BEGIN; SELECT pg_advisory_unlock_all(); COMMIT AND CHAIN; CREATE TABLE a (id int); COMMIT;",
}


@pytest.mark.parametrize("way", GIVING_UP)
@pytest.mark.parametrize("settings", [Settings(), Settings(carry_settings=True)])
def test_the_lock_is_taken_again_and_the_rest_goes_on(way: str, settings: Settings, sample: Project) -> None:
    sample.write(GIVING_UP[way], *AFTER)
    events = sample.up(settings=settings)
    assert warnings(events) == [TAKEN]
    assert sample.version() == Row(3)
    until(lambda: not sample.one(f"SELECT count(*) FROM pg_locks WHERE {ADVISORY}"), "no lock is left")


def test_one_of_the_locks_given_up_is_noticed(sample: Project) -> None:
    number = lock_id("public", "schema_migrations", sample.name)
    sample.write(f"SELECT pg_advisory_unlock({number}), pg_advisory_unlock({number});", *AFTER)
    assert warnings(sample.up()) == [TAKEN]
    assert sample.version() == Row(3)


@contextmanager
def another_run(sample: Project, acts: Callable[[psycopg.Connection], object]) -> Iterator[None]:
    """Somebody who waits for the lock as golang-migrate does, gets it when the file gives it up, and acts."""
    number = lock_id("public", "schema_migrations", f"/{sample.name}")
    query = f"SELECT count(*) FROM pg_locks WHERE {ADVISORY} AND NOT granted"

    def run() -> None:
        with psycopg.connect(sample.url, autocommit=True) as other:
            other.execute(f"SELECT pg_advisory_lock({number})".encode())
            acts(other)
            other.execute(f"SELECT pg_advisory_unlock({number})".encode())

    # Only once our run has it does the other begin to wait; the file goes on when the other waits.
    sample.session.execute("CREATE TABLE gate ()")
    thread = threading.Thread(target=run)
    with psycopg.connect(sample.url) as keeper:
        keeper.execute("LOCK TABLE gate")

        def open_gate() -> None:
            until(sample.waiting, "our run waits for the gate")
            thread.start()
            until(lambda: sample.one(query), "the other waits for the lock")
            keeper.rollback()

        opener = threading.Thread(target=open_gate)
        opener.start()
        yield
        opener.join()
        thread.join()


FIRST = "SELECT FROM gate;\nCREATE TABLE a (id int);\nSELECT pg_advisory_unlock_all();"


def test_a_run_stops_where_another_holds_the_lock(sample: Project) -> None:
    sample.write(FIRST, *AFTER)
    ended = threading.Event()
    with another_run(sample, lambda _: ended.wait(20)):
        with pytest.raises(LockNotAcquired) as stopped:
            sample.up(settings=Settings(lock_timeout_s=0.2))
        ended.set()
    assert "server process" in stopped.value.holders
    assert sample.version() == Row(1)


def test_a_run_stops_where_another_moved_the_version(sample: Project) -> None:
    def go_on(other: psycopg.Connection) -> None:
        until(lambda: other.execute("SELECT to_regclass('a')").fetchone() != (None,), "the first file is done")
        other.execute("CREATE TABLE b (id int); UPDATE schema_migrations SET version = 2")

    sample.write(FIRST, *AFTER)
    with (
        another_run(sample, go_on),
        pytest.raises(VersionTableError, match="another run moved the version meanwhile: 2"),
    ):
        sample.up()
    assert sample.version() == Row(2)
    sample.up()
    assert sample.version() == Row(3)


def test_a_file_that_another_run_finished_is_not_gone_on_with(sample: Project) -> None:
    """The file gives the lock up half-way, and the other resumes it from the note: both must not run what follows."""

    def go_on(other: psycopg.Connection) -> None:
        until(lambda: other.execute("SELECT to_regclass('a')").fetchone() != (None,), "the first unit is done")
        other.execute("UPDATE schema_migrations SET dirty = false")

    sample.write(f"BEGIN;\n{FIRST}\nCOMMIT;\nBEGIN;\nCREATE TABLE b (id int);\nCOMMIT;", *AFTER[1:])
    with another_run(sample, go_on), pytest.raises(VersionTableError, match="moved the version meanwhile: 1"):
        sample.up()
    assert sample.version() == Row(1)
    assert sample.one("SELECT to_regclass('b')") is None
