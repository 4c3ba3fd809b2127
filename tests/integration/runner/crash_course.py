"""One way of running files, to be broken at any message: what an undisturbed run sends, and what it leads to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psycopg
from catalog import Row, applied, contents, table_comment, version_row
from crash_scenarios import SCENARIOS, Scenario
from fault_proxy import FaultProxy, When
from fix_embedded import until

from whimbrel.errors import DirtyDatabase
from whimbrel.migration.direction import Direction
from whimbrel.migrator import Migrator, Settings, parse_url, path_source
from whimbrel.runner.database import RESET

if TYPE_CHECKING:
    from pathlib import Path

    from fix_postgres import MakeDatabase


@dataclass(frozen=True, slots=True)
class Course:
    """A scenario, made ready: its files, and what the database holds at each version of an undisturbed run."""

    scenario: Scenario
    folder: Path
    template: str
    states: dict[int | None, tuple[str, ...]]
    points: list[str]
    kinds: str
    other: str

    @property
    def end(self) -> int | None:
        return None if self.scenario.direction is Direction.DOWN else len(self.scenario.files)

    def cuts(self, when: When) -> list[int]:
        """The points that are worth a cut.

        Before: each statement; not Sync, for the COMMIT is sent ahead of it. After: what ends a transaction or a
        message exchange; after any other is before the next. How a run begins is the same for all: only the first
        scenario looks at that, and of what takes back a file's settings only the first statement is looked at.
        """
        begun = next(n for n, text in enumerate(self.points, 1) if "pg_try_advisory_lock" in text)
        first = 1 if self.scenario is SCENARIOS["transaction"] else begun
        wanted = {n: text for n, text in enumerate(self.points, 1) if n >= first and text not in RESET[1:]}
        if when is When.BEFORE:
            return [n for n, text in wanted.items() if text != "S"]
        return [n for n, text in wanted.items() if text == "COMMIT" or self.kinds[n - 1] != "E"]

    def run(self, url: str, limit: int | None = None) -> None:
        settings = Settings(carry_settings=self.scenario.carries)
        with Migrator(path_source(str(self.folder)), parse_url(url), settings=settings) as migrator:
            migrator.up(limit) if self.scenario.direction is Direction.UP else migrator.down(limit)


def the_course(scenario: Scenario, folder: Path, make_database: MakeDatabase, connection: psycopg.Connection) -> Course:
    """Write the files and run them undisturbed, step by step and then through a proxy that counts."""
    other = f"{urlsplit(make_database()).path[1:]}_other"
    for number, text in enumerate(scenario.files, 1):
        (folder / f"{number}_step.up.sql").write_text(text.replace("{other}", other))
    for number, text in enumerate(scenario.down, 1):
        (folder / f"{number}_step.down.sql").write_text(text)
    template = make_database()
    with psycopg.connect(template, autocommit=True) as session:
        session.execute(scenario.before.encode())
    if scenario is not SCENARIOS["transaction"]:
        with Migrator(path_source(str(folder)), parse_url(template)) as migrator:
            migrator.up() if scenario.down else migrator.force(-1)
    course = Course(scenario, folder, template, {}, [], "", other)
    until(lambda: sessions(connection, template) == 0, "nobody is in the template")
    url = make_database(template)
    with psycopg.connect(url, autocommit=True) as session:
        course.states[version_row(session).version] = look(session, other)
        for _ in scenario.files:
            course.run(url, 1)
            course.states[version_row(session).version] = look(session, other)
    forget(connection, other)
    with FaultProxy(make_database(template)) as proxy:
        course.run(proxy.url)
    forget(connection, other)
    return Course(scenario, folder, template, course.states, proxy.points, proxy.kinds, other)


def look(session: psycopg.Connection, other: str) -> tuple[str, ...]:
    there = session.execute("SELECT datname FROM pg_database WHERE datname = %s", [other]).fetchall()
    return contents(session) + tuple(f"database {name}" for (name,) in there)


def wait_for_the_end(connection: psycopg.Connection, url: str) -> None:
    until(lambda: sessions(connection, url, of="whimbrel") == 0, "the cut session has ended")


def forget(connection: psycopg.Connection, other: str) -> None:
    connection.execute(f"DROP DATABASE IF EXISTS {other}".encode())


def sessions(connection: psycopg.Connection, url: str, *, of: str = "%") -> int:
    row = connection.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND application_name LIKE %s",
        [urlsplit(url).path[1:], of],
    ).fetchone()
    assert row
    return int(row[0])


def finished_by_a_second_run(course: Course, url: str, session: psycopg.Connection, at: str) -> bool:
    """Check what a crash left, run again and check that; return whether only a person can go on."""
    left = version_row(session)
    if not left.dirty:
        assert look(session, course.other) == course.states[left.version], at
    try:
        course.run(url, None)
    except DirtyDatabase:
        assert course.scenario.may_stay_dirty, at
        assert version_row(session) == left, at
        assert left.dirty, at
        with Migrator(path_source(str(course.folder)), parse_url(url)) as migrator:
            migrator.force(left.version or -1)
        assert version_row(session) == Row(left.version), at
        return True
    assert version_row(session) == Row(course.end), at
    assert look(session, course.other) == course.states[course.end], at
    assert table_comment(session) is None, at
    count = len(course.scenario.files) + len(course.scenario.down)
    assert len(applied(session)) == count, at
    return False
