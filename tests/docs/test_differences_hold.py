"""Do the differences from golang-migrate hold that no transcript shows? Each is a row of differences.md."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from fix_embedded import until

from whimbrel.postgres.advisory_lock import lock_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MIGRATE = [sys.executable, "-c", "from whimbrel.cli.migrate import main; main()"]
WHIMBREL = [sys.executable, "-m", "whimbrel"]
DEADLINE_S = 60
_OTHERS = "SELECT 1 FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"


def write(folder: Path, **files: str | bytes) -> Path:
    """Write migrations: `a1="…"` is 1_a.up.sql."""
    for name, text in files.items():
        path = folder / f"{name[1:]}_{name[0]}.up.sql"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
    return folder


def start(folder: Path, url: str, *words: str, command: list[str] = MIGRATE) -> subprocess.Popen[str]:
    where = ["--path", str(folder), "--database", url]
    return subprocess.Popen([*command, *where, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def run(folder: Path, url: str, *words: str, command: list[str] = MIGRATE) -> tuple[int, str]:
    process = start(folder, url, *words, command=command)
    out, err = process.communicate(timeout=DEADLINE_S)
    return process.returncode, out + err


def value(connection: psycopg.Connection, query: str) -> object:
    row = connection.execute(query.encode()).fetchone()
    return row[0] if row else None


def with_query(url: str, query: str) -> str:
    return f"{url}{'&' if '?' in url else '?'}{query}"


@contextmanager
def lock_held(url: str) -> Iterator[psycopg.Connection]:
    """Hold golang-migrate's lock from another session, as the real one does while it runs."""
    with psycopg.connect(url, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [lock_id("public", "schema_migrations", urlsplit(url).path)])
        yield other


def test_a_role_that_a_file_sets_does_not_write_the_version_row(
    tmp_path: Path, database: str, observer: psycopg.Connection
) -> None:
    code, said = run(write(tmp_path, a1="SET ROLE pg_monitor; SELECT 1;"), database, "up")
    assert code == 0, said
    assert observer.execute("SELECT version, dirty FROM schema_migrations").fetchall() == [(1, False)]


def test_a_reader_of_the_version_table_is_not_waited_for(
    tmp_path: Path, database: str, observer: psycopg.Connection
) -> None:
    folder = write(tmp_path, a1="SELECT 1;", b2="SELECT 2;")
    assert run(folder, database, "up", "1")[0] == 0
    with observer.transaction():
        observer.execute("SELECT version FROM schema_migrations")
        assert run(folder, database, "up")[0] == 0
    assert value(observer, "SELECT version FROM schema_migrations") == 2


def test_a_lower_version_that_was_never_applied_is_told(tmp_path: Path, database: str) -> None:
    folder = write(tmp_path, a1="SELECT 1;", c3="SELECT 3;")
    assert run(folder, database, "up", command=WHIMBREL)[0] == 0
    write(folder, b2="SELECT 2;", d4="SELECT 4;")
    code, said = run(folder, database, "up")
    assert code == 0
    assert "warning: version 2 is lower than the database's version 3 and was never applied here" in said


def test_the_lock_timeout_ends_the_waiting(tmp_path: Path, database: str) -> None:
    folder = write(tmp_path, a1="SELECT 1;")
    with lock_held(database) as holder:
        code, said = run(folder, database, "-lock-timeout", "1", "up")
        assert code == 1
        assert "error: timeout: can't acquire database lock" in said
        assert f"server process {holder.info.backend_pid}" in said


def test_version_does_not_wait_for_the_lock(tmp_path: Path, database: str) -> None:
    folder = write(tmp_path, a1="SELECT 1;")
    assert run(folder, database, "up")[0] == 0
    with lock_held(database):
        assert run(folder, database, "version") == (0, "1\n")
        assert run(folder, database, "up") == (0, "no change\n")


def test_a_waiting_run_does_not_stand_in_the_way_of_a_concurrent_index(
    tmp_path: Path, make_database: Callable[[], str]
) -> None:
    database = make_database()
    folder = write(tmp_path, a1="CREATE TABLE a (x int);", b2="CREATE INDEX CONCURRENTLY a_x ON a (x);")
    assert run(folder, database, "up", "1")[0] == 0
    with psycopg.connect(database) as writer, psycopg.connect(database, autocommit=True) as observer:
        writer.execute("INSERT INTO a VALUES (1)")  # the build waits for this transaction
        building = start(folder, database, "up")
        until(
            lambda: value(observer, f"{_OTHERS} AND query LIKE 'CREATE INDEX%' AND wait_event_type = 'Lock'"),
            "the index build waits",
        )
        waiting = start(folder, database, "up")
        assert waiting.stderr is not None
        assert "waiting for the migration lock" in waiting.stderr.readline()
        writer.commit()
        assert building.communicate(timeout=DEADLINE_S)[1].startswith("2/u b")
        assert waiting.communicate(timeout=DEADLINE_S)[1] == "no change\n"
        assert value(observer, "SELECT bool_and(indisvalid) FROM pg_index WHERE indrelid = 'a'::regclass")


def test_a_lock_that_a_file_gives_up_is_taken_again(tmp_path: Path, database: str) -> None:
    folder = write(tmp_path, a1="SELECT pg_advisory_unlock_all();", b2="SELECT 2;")
    code, said = run(folder, database, "up")
    assert code == 0
    assert "warning: a file gave up the migration lock; it is taken again" in said


def test_a_second_signal_cancels_the_statement(tmp_path: Path, database: str, observer: psycopg.Connection) -> None:
    folder = write(tmp_path, a1="CREATE TABLE a (); SELECT pg_sleep(60);")
    process = start(folder, database, "up")
    until(lambda: value(observer, f"{_OTHERS} AND query LIKE '%pg_sleep(60)%'"), "it runs")
    assert process.stderr is not None
    process.send_signal(signal.SIGINT)
    assert process.stderr.readline() == "Stopping after this running migration ...\n"
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 1
    assert "canceling statement due to user request" in said
    assert value(observer, "SELECT to_regclass('a')") is None
    assert value(observer, "SELECT count(*) FROM schema_migrations") == 0


@pytest.mark.parametrize("scheme", ["postgres", "pgx5"])
def test_a_statement_timeout_rolls_back(
    scheme: str, tmp_path: Path, database: str, observer: psycopg.Connection
) -> None:
    folder = write(tmp_path, a1="CREATE TABLE a (); SELECT pg_sleep(60);")
    url = with_query(database.replace("postgres:", f"{scheme}:", 1), "x-statement-timeout=200")
    code, said = run(folder, url, "up")
    assert code == 1
    assert "canceling statement" in said
    assert value(observer, "SELECT to_regclass('a')") is None
    assert value(observer, "SELECT count(*) FROM schema_migrations") == 0


def test_a_negative_statement_timeout_is_refused(tmp_path: Path, database: str) -> None:
    code, said = run(write(tmp_path, a1="SELECT 1;"), with_query(database, "x-statement-timeout=-1"), "up")
    assert code == 1
    assert "x-statement-timeout must not be negative" in said


def test_an_error_says_what_to_do(tmp_path: Path, database: str) -> None:
    _, said = run(write(tmp_path, a1="COPY a FROM STDIN;"), database, "up")
    assert said.splitlines()[1:] == ["notice: use INSERT … VALUES, or COPY from a file that the server can read"]


@pytest.mark.parametrize(
    "text",
    [
        "LOCK TABLE pg_class IN ACCESS SHARE MODE;",
        "DECLARE c CURSOR FOR SELECT 1;",
        "CREATE TABLE a (); DO $$ BEGIN COMMIT; END $$; CREATE TABLE b ();",
        "SET default_transaction_read_only = on;",
    ],
    ids=["lock", "cursor", "commit", "read only"],
)
def test_what_wants_a_transaction_or_ends_one_runs(text: str, tmp_path: Path, database: str) -> None:
    url = database.replace("postgres:", "pgx5:", 1)
    code, said = run(write(tmp_path, a1=text), url, "up")
    assert code == 0, said
    assert run(tmp_path, url, "version") == (0, "1\n")


def test_multi_statement_leaves_functions_whole(tmp_path: Path, database: str, observer: psycopg.Connection) -> None:
    text = "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END $$; SELECT 'a;b'; -- c; d\n"
    code, said = run(write(tmp_path, a1=text), with_query(database, "x-multi-statement=true"), "up")
    assert code == 0, said
    assert value(observer, "SELECT f()") == 1


def test_the_database_may_come_from_the_environment_or_a_dotenv(tmp_path: Path, database: str) -> None:
    folder = write(tmp_path, a1="SELECT 1;")
    command = [*MIGRATE, "-path", str(folder), "up"]
    bare = {name: text for name, text in os.environ.items() if name != "DATABASE_URL"}

    def up(environment: dict[str, str]) -> str:
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        return done.stderr

    assert "URL cannot be empty" in up(bare)
    assert up(bare | {"DATABASE_URL": database}).startswith("1/u a")
    (tmp_path / ".env").write_text(f"DATABASE_URL={database}\n", encoding="utf-8")
    assert up(bare) == "no change\n"


def test_help_misuse_and_create_make_no_table(tmp_path: Path, database: str, observer: psycopg.Connection) -> None:
    for words in (["-help"], ["up", "x"], ["nonsense"], ["create", "-ext", "sql", "-dir", str(tmp_path), "n"]):
        run(tmp_path, database, *words)
    assert value(observer, "SELECT to_regclass('schema_migrations')") is None
    assert list(tmp_path.glob("*_n.up.sql"))


def test_durations_are_the_files_own(tmp_path: Path, database: str) -> None:
    folder = write(tmp_path, a1="SELECT pg_sleep(0.5);", b2="SELECT 2;", c3="SELECT pg_sleep(0.5);", d4="SELECT 4;")
    _, said = run(folder, database, "up")
    units = {"s": 1000, "ms": 1, "µs": 0.001}
    times = [float(number) * units[unit] for number, unit in re.findall(r"\(([\d.]+)(s|ms|µs)\)", said)]
    assert len(times) == 4
    assert times[1] < times[0]
    assert times[3] < times[2]


def test_a_quoted_table_without_a_name_is_an_error(tmp_path: Path, database: str) -> None:
    code, said = run(write(tmp_path, a1="SELECT 1;"), with_query(database, "x-migrations-table-quoted=1"), "up")
    assert code == 1
    assert "x-migrations-table must be quoted" in said


def test_several_hosts_are_tried(tmp_path: Path, database: str) -> None:
    parts = urlsplit(database)
    login, _, host = parts.netloc.rpartition("@")
    url = urlunsplit(parts._replace(netloc=f"{login}@127.0.0.1:1,{host}"))
    assert run(write(tmp_path, a1="SELECT 1;"), url, "up")[0] == 0


def test_a_service_may_name_the_server(tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = urlsplit(database)
    service = tmp_path / "pg_service.conf"
    service.write_text(
        f"[shop]\nhost={parts.hostname}\nport={parts.port}\nuser={parts.username}\npassword={parts.password}\n"
        f"dbname={parts.path[1:]}\nsslmode=disable\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("PGSERVICEFILE", str(service))
    monkeypatch.setenv("PGSERVICE", "shop")
    assert run(write(tmp_path, a1="SELECT 1;"), "postgres://?sslmode=disable", "up")[0] == 0


def test_a_lock_table_is_waited_for(tmp_path: Path, database: str, observer: psycopg.Connection) -> None:
    folder = write(tmp_path, a1="SELECT 1;")
    number = lock_id("", "", urlsplit(database).path)
    observer.execute("CREATE TABLE schema_lock (lock_id bigint NOT NULL PRIMARY KEY)")
    observer.execute("INSERT INTO schema_lock VALUES (%s)", [number])
    url = with_query(database.replace("postgres:", "pgx4:", 1), "x-lock-strategy=table")
    code, said = run(folder, url, "-lock-timeout", "1", "up")
    assert code == 1
    assert "can't acquire database lock" in said
    process = start(folder, url, "up")
    until(lambda: value(observer, f"{_OTHERS} AND query LIKE 'INSERT INTO%schema_lock%'"), "it tries")
    observer.execute("DELETE FROM schema_lock")
    assert process.communicate(timeout=DEADLINE_S)[1].startswith("1/u a")
