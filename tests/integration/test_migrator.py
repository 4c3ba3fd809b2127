"""The façade on a real server: plans, errors as types, events, the journal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from whimbrel.errors import (
    DirtyDatabase,
    MigrationFailed,
    NoMigrationLeft,
    ShortLimit,
    SourceMissing,
    VersionNotFound,
    WhimbrelError,
)
from whimbrel.migrator import DatabaseState, Migrator, Settings, parse_url, path_source
from whimbrel.runner.events import StepFinished, Warned

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import psycopg

    from whimbrel.runner.events import Event


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The files of golang-migrate's own tests: 1 up and down, 3 up, 4 up and down, 5 down, 7 up and down."""
    for name in ("1_a.up", "1_a.down", "3_c.up", "4_d.up", "4_d.down", "5_e.down", "7_g.up", "7_g.down"):
        letter, way = name[2], name.partition(".")[2]
        verb = "CREATE TABLE {} (id int)" if way == "up" else "DROP TABLE IF EXISTS {}"
        (tmp_path / f"{name}.sql").write_text(verb.format(letter))
    return tmp_path


def migrator(folder: Path, url: str, events: list[Event] | None = None, *, history: bool = True) -> Migrator:
    heard = [] if events is None else events
    return Migrator(
        path_source(str(folder)), parse_url(url), settings=Settings(write_history=history), on_event=heard.append
    )


def tables(observer: psycopg.Connection) -> str:
    found = observer.execute(
        "SELECT coalesce(string_agg(relname, '' ORDER BY relname), '') FROM pg_class"
        " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND length(relname) = 1"
    ).fetchone()
    assert found
    return str(found[0])


def test_up_and_down_by_steps(folder: Path, database: str, observer: psycopg.Connection) -> None:
    with migrator(folder, database) as one:
        seen = []
        moves: list[Callable[[], object]] = [
            lambda: one.up(1), lambda: one.up(3), one.up, lambda: one.down(1), lambda: one.down(2),
            lambda: one.goto(7), lambda: one.goto(3), lambda: one.down(None),
        ]  # fmt: skip
        for move in moves:
            move()
            seen.append((one.version().version, tables(observer)))
    assert seen == [
        (1, "a"), (5, "acd"), (7, "acdg"), (5, "acd"), (3, "ac"), (7, "acdg"), (3, "ac"), (-1, "c"),
    ]  # fmt: skip


def test_what_cannot_be_done_is_a_type(folder: Path, database: str) -> None:
    with migrator(folder, database) as one:
        with pytest.raises(NoMigrationLeft):
            one.down(1)
        assert one.down(None).applied == ()
        with pytest.raises(ShortLimit) as short:
            one.up(9)
        assert short.value.missing == 4
        with pytest.raises(NoMigrationLeft):
            one.up(1)
        assert one.up().applied == ()
        assert one.up(0).applied == ()
        with pytest.raises(VersionNotFound):
            one.goto(2)
        one.force(2)
        with pytest.raises(VersionNotFound):
            one.up()
        with pytest.raises(WhimbrelError, match="not between -1 and 9223372036854775807"):
            one.force(-2)
    with pytest.raises(SourceMissing):
        migrator(folder / "nope", database)


def test_a_dirty_row_of_another_tool_is_refused_until_it_is_forced(
    folder: Path, database: str, observer: psycopg.Connection
) -> None:
    with migrator(folder, database) as one:
        one.up(1)
    observer.execute("UPDATE schema_migrations SET dirty = true")
    with migrator(folder, database) as one:
        assert one.version() == DatabaseState(1, dirty=True)
        moves: list[Callable[[], object]] = [one.up, one.down, lambda: one.goto(3)]
        for move in moves:
            with pytest.raises(DirtyDatabase):
                move()
        one.force(1)
        assert one.version() == DatabaseState(1)
        one.up()


def test_looking_at_the_version_changes_nothing(folder: Path, database: str, observer: psycopg.Connection) -> None:
    with migrator(folder, database) as one:
        assert one.version() == DatabaseState()
    assert observer.execute("SELECT count(*) FROM pg_class WHERE relname LIKE 'schema_migr%'").fetchone() == (0,)


def test_events_tell_each_file_that_is_done(folder: Path, database: str) -> None:
    events: list[Event] = []
    with migrator(folder, database, events) as one:
        one.up()
    finished = [event for event in events if isinstance(event, StepFinished)]
    assert [str(event.step) for event in finished] == ["1/u a", "3/u c", "4/u d", "5/u <empty>", "7/u g"]
    assert all(event.ran_ns > 0 for event in finished)


JOURNAL = "SELECT version, title, direction, mode, length(checksum), statements, outcome FROM schema_migrations_history"


def test_the_journal_has_a_row_for_each_file(folder: Path, database: str, observer: psycopg.Connection) -> None:
    (folder / "8_h.up.sql").write_text("CREATE TABLE h (); BEGIN; CREATE TABLE i (); COMMIT;")
    with migrator(folder, database) as one:
        one.goto(3)
        one.down(1)
        one.force(7)
        one.up()
        one.force(-1)
    rows = observer.execute(f"{JOURNAL} ORDER BY id".encode()).fetchall()
    assert rows == [
        (-1, "", "", "", 0, 0, "begun"),
        (1, "a", "up", "transaction", 64, 1, "applied"),
        (3, "c", "up", "transaction", 64, 1, "applied"),
        (3, "<empty>", "down", "transaction", 0, 0, "applied"),
        (7, "", "", "", 0, 0, "forced"),
        (8, "h", "up", "units", 64, 2, "applied"),
        (-1, "", "", "", 0, 0, "forced"),
    ]
    facts = observer.execute(
        "SELECT bool_and(role = session_user AND host <> '' AND tool LIKE 'whimbrel %' AND took >= '0'"
        " AND started_at BETWEEN now() - '1 minute'::interval AND now()) FROM schema_migrations_history"
    ).fetchone()
    assert facts == (True,)


def test_a_file_that_failed_is_not_in_the_journal(folder: Path, database: str, observer: psycopg.Connection) -> None:
    (folder / "2_bad.up.sql").write_text("SELECT nope")
    with migrator(folder, database) as one, pytest.raises(MigrationFailed):
        one.up()
    assert [row[0] for row in observer.execute(f"{JOURNAL} ORDER BY id".encode())] == [-1, 1]


def test_a_journal_is_written_where_it_exists_and_made_only_where_that_is_wished(
    folder: Path, database: str, observer: psycopg.Connection
) -> None:
    exists = "SELECT to_regclass('schema_migrations_history') IS NOT NULL"
    with migrator(folder, database, history=False) as one:
        one.up(1)
    assert observer.execute(exists).fetchone() == (False,)
    with migrator(folder, database) as one:
        one.up(1)
    with migrator(folder, database, history=False) as one:
        one.up(1)
    rows = observer.execute(f"{JOURNAL} ORDER BY id".encode()).fetchall()
    assert [(row[0], row[-1]) for row in rows] == [(1, "begun"), (3, "applied"), (4, "applied")]


@pytest.mark.parametrize("history", [True, False])
def test_a_lower_version_that_was_never_applied_is_reported_each_time(
    history: bool, folder: Path, database: str
) -> None:
    with migrator(folder, database) as one:
        one.goto(4)
    (folder / "2_late.up.sql").write_text("SELECT 1")
    for _ in range(2):
        events: list[Event] = []
        with migrator(folder, database, events, history=history) as one:
            one.up()
        warned = [event.text for event in events if isinstance(event, Warned)]
        assert len(warned) == 1
        assert warned[0].startswith("version 2 is lower than the database's version ")


def test_what_lay_below_when_the_journal_began_is_not_reported(
    folder: Path, database: str, observer: psycopg.Connection
) -> None:
    with migrator(folder, database, history=False) as one:
        one.goto(4)
    events: list[Event] = []
    with migrator(folder, database, events) as one:
        one.up()
        one.force(7)
        one.up()
    assert [event for event in events if isinstance(event, Warned)] == []


def test_a_table_of_that_name_that_is_somebody_elses_is_left_alone(
    folder: Path, database: str, observer: psycopg.Connection
) -> None:
    observer.execute("CREATE TABLE schema_migrations_history (at timestamptz, version bigint)")
    with migrator(folder, database) as one:
        one.up()
        one.down()
    assert observer.execute("SELECT count(*) FROM schema_migrations_history").fetchone() == (0,)


@pytest.mark.parametrize("last", [2, 40])
def test_a_file_read_ahead_is_split_by_the_rules_that_hold_when_it_runs(
    last: int, tmp_path: Path, database: str, observer: psycopg.Connection
) -> None:
    """What a DO block sets is not to be seen in the text; 40 is in the window after the one that holds it."""
    (tmp_path / "1_a.up.sql").write_text(
        "CREATE TABLE said (what text);\n"
        "DO $$ BEGIN PERFORM set_config('standard_conforming_strings', 'off', false); END $$;"
    )
    for number in range(2, last):
        (tmp_path / f"{number}_a.up.sql").write_text(f"INSERT INTO said VALUES ('{number}');")
    (tmp_path / f"{last}_b.up.sql").write_text("INSERT INTO said SELECT 'it\\'; here';")
    settings = Settings(carry_settings=True)
    with Migrator(path_source(str(tmp_path)), parse_url(database), settings=settings) as one:
        one.up()
    assert observer.execute("SELECT count(*) FROM said WHERE what = 'it''; here'").fetchone() == (1,)
