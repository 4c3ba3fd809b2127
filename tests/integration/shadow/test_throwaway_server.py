"""A throw-away server is quick to come, and goes with its process however that ends."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from fix_embedded import answer, until

from whimbrel.errors import ServerError
from whimbrel.shadow.databases import create_database, drop_database, url_of
from whimbrel.shadow.postmaster import is_taken
from whimbrel.shadow.throwaway import throwaway_server
from whimbrel.shadow.watchdog import Watchdog

if TYPE_CHECKING:
    from whimbrel.shadow.binaries import Binaries

WAITS = """
import sys
from whimbrel.shadow.throwaway import throwaway_server
with throwaway_server() as server:
    print(server.pid, server.data.parent, flush=True)
    sys.stdin.read()
"""
FORGETS = """
from whimbrel.shadow.throwaway import throwaway_server
kept = throwaway_server()
server = kept.__enter__()
print(server.pid, server.data.parent, flush=True)
"""


def test_it_is_a_whole_server_and_leaves_nothing(binaries: Binaries) -> None:
    with throwaway_server(settings={"work_mem": "7MB", "autovacuum": "on"}) as server:
        assert answer(server.url, "SELECT current_setting('work_mem')") == "7MB"
        assert answer(server.url, "SELECT current_setting('autovacuum')") == "on"
        assert answer(server.url, "SELECT current_setting('fsync')") == "off"
        assert int(str(answer(server.url, "SELECT current_setting('max_connections')"))) >= 200
        assert answer(server.url, "SELECT array_agg(DISTINCT auth_method) FROM pg_hba_file_rules") == ["scram-sha-256"]
        assert answer(server.socket_url, "SELECT inet_server_addr() IS NULL") is True
        assert server.data.is_dir()
    assert not server.data.parent.exists()
    assert not is_taken(server.pid)


def test_two_at_once_are_apart(binaries: Binaries) -> None:
    with throwaway_server() as one, throwaway_server() as other:
        assert {answer(server.url, "SELECT current_setting('data_directory')") for server in (one, other)} == {
            str(one.data),
            str(other.data),
        }


def test_it_is_gone_after_an_error(binaries: Binaries) -> None:
    def fail() -> None:
        with throwaway_server() as server:
            raise KeyboardInterrupt(str(server.data))

    with pytest.raises(KeyboardInterrupt) as caught:
        fail()
    assert not Path(str(caught.value)).parent.exists()


def test_a_setting_that_does_not_exist_is_named(binaries: Binaries) -> None:
    with pytest.raises(ServerError, match='unrecognized configuration parameter "no_such"'):
        throwaway_server(settings={"no_such": "1"}).__enter__()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_it_dies_with_a_killed_process(binaries: Binaries, number: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WAITS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout
        pid, folder = process.stdout.readline().decode().split()
        process.send_signal(number)
    until(lambda: not is_taken(int(pid)), "the server is gone")
    until(lambda: not Path(folder).exists(), "its folder is gone")


def test_it_dies_with_a_process_that_forgets_it(binaries: Binaries) -> None:
    done = subprocess.run([sys.executable, "-c", FORGETS], capture_output=True, text=True, check=True)
    pid, folder = done.stdout.split()
    until(lambda: not is_taken(int(pid)), "the server is gone")
    until(lambda: not Path(folder).exists(), "its folder is gone")


def test_a_server_whose_number_was_never_told_is_found_by_its_pid_file(tmp_path: Path) -> None:
    """The process that wanted it was killed between starting it and telling the watchdog."""
    folder = tmp_path / "server"
    (folder / "postgres").mkdir(parents=True)
    with subprocess.Popen(["sleep", "60"]) as server:
        (folder / "postgres" / "postmaster.pid").write_text(f"{server.pid}\n{folder}\n")
        code = "import pathlib, sys; from whimbrel.shadow.watchdog import Watchdog; Watchdog(pathlib.Path(sys.argv[1]))"
        subprocess.run([sys.executable, "-c", code, folder], check=True)
        assert server.wait(20) == -signal.SIGQUIT
    until(lambda: not folder.exists(), "its folder is gone")


def test_a_dismissed_watchdog_does_nothing(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "60"]) as other:
        watchdog = Watchdog(tmp_path)
        watchdog.watch(other.pid)
        watchdog.dismiss()
        assert other.poll() is None
        other.kill()
    assert tmp_path.exists()


def test_a_cache_that_cannot_be_written_is_done_without(
    binaries: Binaries, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with throwaway_server() as server:
        assert answer(server.url, "SELECT 1") == 1


def test_the_kept_cluster_is_private(binaries: Binaries, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with throwaway_server() as first:
        pass
    (kept,) = (tmp_path / "whimbrel").iterdir()
    assert kept.stat().st_mode & 0o077 == 0
    with throwaway_server() as second:
        assert second.password == first.password == (kept / "password").read_text()
    assert list((tmp_path / "whimbrel").iterdir()) == [kept]


def test_a_database_is_copied_and_dropped(server_connection: psycopg.Connection) -> None:
    url = server_connection.info.dsn
    assert url
    origin = create_database(server_connection)
    base = f"postgres://postgres:{server_connection.info.password}@127.0.0.1:{server_connection.info.port}/x"
    with psycopg.connect(url_of(base, origin)) as connection:
        connection.execute("CREATE TABLE t AS SELECT 7 AS n")
    copy = create_database(server_connection, template=origin)
    assert answer(url_of(base, copy), "SELECT n FROM t") == 7
    with psycopg.connect(url_of(base, copy)):
        for name in (origin, copy, copy):
            drop_database(server_connection, name)
    left = server_connection.execute("SELECT 1 FROM pg_database WHERE datname IN (%s, %s)", [origin, copy]).fetchall()
    assert left == []


def test_a_refusal_to_make_a_database_is_told(server_connection: psycopg.Connection) -> None:
    with pytest.raises(ServerError, match='template database "no_such" does not exist'):
        create_database(server_connection, template="no_such")
