"""The embedded server as its users meet it: the first start, later ones, many at once."""

from __future__ import annotations

import os
import re
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from fix_embedded import answer, run_python, until

from whimbrel.shadow.postmaster import command_line, is_alive, read_postmaster

if TYPE_CHECKING:
    from fix_embedded import Serve

START = "import sys, pathlib; from whimbrel.shadow.embedded import EmbeddedServer as E; "
START += "r = E(pathlib.Path(sys.argv[1])).start(); print(r.pid, r.started)"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def refused(url: str) -> bool:
    """Whether the server refuses another password than the right one."""
    wrong = re.sub(r":[^:@]+@", ":wrong@", url)
    try:
        psycopg.connect(wrong, connect_timeout=5).close()
    except psycopg.OperationalError as error:
        return "password authentication failed" in str(error)
    return False


def test_first_start_makes_a_durable_private_server(tmp_path: Path, serve: Serve) -> None:
    running = serve(tmp_path).start()
    assert running.started
    assert running.notices == ()
    assert answer(running.url, "SELECT current_database()") == "app"
    assert answer(running.socket_url, "SELECT inet_server_addr() IS NULL") is True
    settings = {
        "server_version": running.version,
        "server_encoding": "UTF8",
        "password_encryption": "scram-sha-256",
        "fsync": "on",
        "synchronous_commit": "on",
        "TimeZone": "UTC",
        "listen_addresses": "127.0.0.1",
    }
    for name, value in settings.items():
        assert str(answer(running.url, f"SELECT current_setting('{name}')")).split()[0] == value
    # byte order, as the same text sorts everywhere
    assert (
        answer(running.url, "SELECT string_agg(x, '' ORDER BY x) FROM (VALUES ('b'), ('a'), ('B')) AS v (x)") == "Bab"
    )


def test_no_door_is_without_a_password(tmp_path: Path, serve: Serve) -> None:
    running = serve(tmp_path).start()
    assert refused(running.url)
    assert refused(running.socket_url)
    rules = "SELECT array_agg(DISTINCT auth_method) FROM pg_hba_file_rules"
    assert answer(running.url, rules) == ["scram-sha-256"]


def test_the_password_is_in_one_private_file_only(tmp_path: Path, serve: Serve) -> None:
    running = serve(tmp_path).start()
    home = tmp_path / ".whimbrel"
    holding = [path for path in home.rglob("*") if path.is_file() and running.password.encode() in path.read_bytes()]
    assert holding == [home / "server.state"]
    assert mode(home / "server.state") == 0o600
    assert mode(home) == mode(home / "run") == mode(home / "postgres") == 0o700
    assert (home / ".gitignore").read_text() == "*\n"
    assert running.password.encode() not in command_line(running.pid)
    assert running.password not in repr(running)


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="the system shows no environment of processes")
def test_the_server_keeps_no_secret_of_the_environment(
    project: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://u:secret-word@h/d")
    running = serve(project).start()
    assert b"secret-word" not in Path(f"/proc/{running.pid}/environ").read_bytes()


def test_a_running_server_is_found_without_a_connection_or_a_process(project: Path, serve: Serve) -> None:
    first = serve(project).start()
    code = START + "; assert not {'psycopg', 'subprocess', 'socket', 'json', 'tempfile'} & sys.modules.keys()"
    found = run_python(code, project)
    assert found.stdout.split() == [str(first.pid), "False"], found.stderr


def test_data_and_port_outlive_a_stop(project: Path, serve: Serve) -> None:
    server = serve(project)
    first = server.start()
    with psycopg.connect(first.url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
    assert server.stop().was_running
    assert not server.stop().was_running
    second = server.start()
    assert second.started
    assert (second.url, second.socket_url) == (first.url, first.socket_url)
    assert second.pid != first.pid
    assert answer(second.url, "SELECT n FROM kept") == 7


def test_status_tells_where_and_since_when(project: Path, serve: Serve) -> None:
    server = serve(project)
    assert not server.status().running
    running = server.start()
    status = server.status()
    assert (status.running, status.pid, status.port) == (True, running.pid, running.port)
    assert (status.version, status.data) == (running.version, running.data)
    began = answer(running.url, "SELECT pg_postmaster_start_time()")
    assert status.since
    assert abs((status.since - began).total_seconds()) < 2  # type: ignore[operator]  # psycopg gives a datetime
    server.stop()
    assert (server.status().running, server.status().pid) == (False, None)


def test_status_and_stop_make_nothing(tmp_path: Path, serve: Serve) -> None:
    server = serve(tmp_path)
    assert server.status().version == ""
    assert not server.stop().was_running
    assert list(tmp_path.iterdir()) == []


def test_twenty_at_once_start_one_server(project: Path, serve: Serve) -> None:
    command = [sys.executable, "-c", START, str(project)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(20)]
    answers = [process.communicate(timeout=60)[0].split() for process in processes]
    assert {pid for pid, _ in answers} == {str(serve(project).status().pid)}
    assert sorted(started for _, started in answers) == ["False"] * 19 + ["True"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL, signal.SIGHUP])
def test_the_server_outlives_its_client_and_ctrl_c(project: Path, serve: Serve, number: signal.Signals) -> None:
    code = START + "; sys.stdout.flush(); sys.stdin.read()"
    client = subprocess.Popen(
        [sys.executable, "-c", code, str(project)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        process_group=0,
    )
    with client:
        assert client.stdout
        pid = int(client.stdout.readline().split()[0])
        os.killpg(client.pid, number)  # as a terminal does: to everything that the command started
    running = serve(project).start()
    assert (running.pid, running.started) == (pid, False)


def test_a_client_killed_before_it_noted_the_server_is_made_up_for(project: Path, serve: Serve) -> None:
    server = serve(project)
    running = server.start()
    state = project / ".whimbrel" / "server.state"
    state.write_text(state.read_text().replace(f"pid={running.pid}", "pid=0"))
    found = server.start()
    assert (found.pid, found.started) == (running.pid, False)
    assert f"pid={running.pid}" in state.read_text()


def test_a_killed_server_comes_back_with_its_data(project: Path, serve: Serve) -> None:
    server = serve(project)
    first = server.start()
    with psycopg.connect(first.url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
    os.kill(first.pid, signal.SIGKILL)
    until(lambda: not is_alive(first.pid), "killed")
    second = server.start()
    assert second.started
    assert answer(second.url, "SELECT n FROM kept") == 7


@pytest.mark.parametrize("remnant", ["another process", "empty"])
def test_a_stale_pid_file_is_no_obstacle(project: Path, serve: Serve, remnant: str) -> None:
    server = serve(project)
    first = server.start()
    facts = (first.data / "postmaster.pid").read_text()
    server.stop()
    with subprocess.Popen(["sleep", "60"]) as other:
        text = facts.replace(str(first.pid), str(other.pid), 1) if remnant == "another process" else ""
        (first.data / "postmaster.pid").write_text(text)
        (project / ".whimbrel" / "run" / f".s.PGSQL.{first.port}.lock").write_text(f"{other.pid}\n")
        second = server.start()
        other.kill()
    assert second.started
    assert answer(second.url, "SELECT 1") == 1


def test_a_copied_project_has_a_server_of_its_own(project: Path, tmp_path: Path, serve: Serve) -> None:
    import shutil

    server = serve(project)
    first = server.start()
    server.stop()
    copy = tmp_path / "copy"
    shutil.copytree(project, copy)
    first = server.start()
    second = serve(copy).start()
    assert second.pid != first.pid
    assert second.data == copy / ".whimbrel" / "postgres"
    assert second.notices == (
        f"port {first.port} is taken by another program: the server listens on {second.port} from now on",
    )


@pytest.mark.parametrize("name", ["with space", 'o\'clock "x"', "Größe 日本", "50% $HOME", "a,b", "d" * 120])
def test_any_name_of_a_folder_works(stopped_project: Path, tmp_path: Path, serve: Serve, name: str) -> None:
    import shutil

    folder = tmp_path / name
    shutil.copytree(stopped_project, folder)
    running = serve(folder).start()
    assert answer(running.url, "SELECT 1") == 1
    assert answer(running.socket_url, "SELECT inet_server_addr() IS NULL") is True
    assert answer(running.url, "SELECT current_setting('data_directory')") == str(folder / ".whimbrel" / "postgres")
    postmaster = read_postmaster(running.data)
    assert postmaster
    assert mode(Path(postmaster.socket_folder)) == 0o700


def test_a_new_name_works_from_the_first_start_on(tmp_path: Path, serve: Serve) -> None:
    folder = tmp_path / 'O\'Größe, "日本" 50%'
    folder.mkdir()
    assert answer(serve(folder).start().url, "SELECT 1") == 1


def test_a_client_killed_while_it_makes_the_data_leaves_nothing_behind(tmp_path: Path, serve: Serve) -> None:
    home = tmp_path / ".whimbrel"
    with subprocess.Popen([sys.executable, "-c", START, str(tmp_path)], process_group=0) as client:
        until(lambda: list(home.glob("postgres.new-*/base")), "initdb has begun")
        os.killpg(client.pid, signal.SIGKILL)
    assert not (home / "postgres").exists()
    assert serve(tmp_path).start().started
    assert list(home.glob("postgres.new-*")) == []


def test_a_lost_password_is_replaced(project: Path, serve: Serve) -> None:
    server = serve(project)
    first = server.start()
    server.stop()
    (project / ".whimbrel" / "server.state").unlink()
    second = server.start()
    assert second.password != first.password
    assert answer(second.url, "SELECT 1") == 1
    assert refused(second.url)


def test_a_grown_log_is_put_aside(project: Path, serve: Serve) -> None:
    log = project / ".whimbrel" / "postgres.log"
    with log.open("ab") as file:
        file.truncate(10_000_001)
    serve(project).start()
    assert log.stat().st_size < 10_000
    assert log.with_suffix(".log.old").stat().st_size == 10_000_001


def test_stop_cuts_short_a_server_that_does_not_end(project: Path, serve: Serve) -> None:
    """A session that hangs (here: stopped by a signal) holds up a fast shutdown for ever."""
    from whimbrel.shadow.stop import stop

    server = serve(project)
    running = server.start()
    with psycopg.connect(running.url) as connection:
        hanging = connection.info.backend_pid
        os.kill(hanging, signal.SIGSTOP)
        stopped = stop(server.home, 10, fast_seconds=0.3)
    assert stopped.notices == ("the server did not end within 0.3 s and was cut short; its next start recovers",)
    assert not server.status().running
    assert answer(server.start().url, "SELECT 1") == 1
