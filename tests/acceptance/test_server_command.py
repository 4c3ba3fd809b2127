"""`whimbrel server` as a command: what it prints where, and what it exits with."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fix_embedded import answer

from whimbrel.shadow.binaries import Binaries, inspect

if TYPE_CHECKING:
    from fix_embedded import Serve

WHIMBREL = (sys.executable, "-c", "from whimbrel.cli.main import main; main()", "server")


def whimbrel(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*WHIMBREL, *words],
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )


def test_start_status_url_and_stop(project: Path, binaries: Binaries) -> None:
    below = project / "src" / "deep"
    below.mkdir(parents=True)

    stopped = whimbrel(below, "status")
    assert (stopped.returncode, stopped.stderr) == (1, "")
    assert stopped.stdout.startswith("state    stopped\n")

    started = whimbrel(below, "start")
    assert (started.returncode, started.stdout) == (0, "")
    assert re.fullmatch(
        rf"started PostgreSQL {binaries.version} on port \d+, data in {project}/.whimbrel/postgres\n", started.stderr
    )

    again = whimbrel(below, "start")
    assert (again.returncode, again.stdout) == (0, "")
    assert re.fullmatch(rf"PostgreSQL {binaries.version} runs on port \d+ already\n", again.stderr)

    url = whimbrel(below, "url")
    assert (url.returncode, url.stderr) == (0, "")
    assert answer(url.stdout.strip(), "SELECT current_user || ' ' || current_database()") == "postgres app"

    status = whimbrel(below, "status")
    assert (status.returncode, status.stderr) == (0, "")
    facts = dict(line.split(maxsplit=1) for line in status.stdout.splitlines())
    assert list(facts) == ["state", "pid", "port", "since", "version", "data"]
    assert facts["state"] == "running"
    assert f":{facts['port']}/" in url.stdout
    assert facts["data"] == f"{project}/.whimbrel/postgres"
    os.kill(int(facts["pid"]), 0)

    ended = whimbrel(below, "stop")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "stopped PostgreSQL\n")
    ended = whimbrel(below, "stop")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "PostgreSQL does not run\n")


def test_url_starts_the_server(project: Path) -> None:
    done = whimbrel(project, "url")
    assert done.stderr.startswith("started PostgreSQL ")
    assert answer(done.stdout.strip(), "SELECT 1") == 1


def test_psql_gets_its_arguments_and_no_password_among_them(project: Path, serve: Serve, binaries: Binaries) -> None:
    if not (binaries.folder / "psql").exists():
        pytest.skip("this PostgreSQL has no psql")
    running = serve(project).start()
    show = "\\! cat /proc/$PPID/cmdline"
    done = whimbrel(
        project, "psql", "-XAtq", "-c", "SELECT 'a b', current_database()", "-c", show, PGSERVICE="x", PGHOSTADDR="::1"
    )
    assert done.returncode == 0, done.stderr
    result, command = done.stdout.splitlines()
    assert result == "a b|app"
    assert command.split("\0")[1:4] == ["-XAtq", "-c", "SELECT 'a b', current_database()"]
    assert running.password not in command


def test_psql_can_open_another_database(project: Path, binaries: Binaries) -> None:
    if not (binaries.folder / "psql").exists():
        pytest.skip("this PostgreSQL has no psql")
    done = whimbrel(project, "psql", "-XAtq", "-d", "template1", "-c", "SELECT current_database()")
    assert done.stdout == "template1\n", done.stderr


def test_psql_gives_its_exit_code(project: Path, binaries: Binaries) -> None:
    if not (binaries.folder / "psql").exists():
        pytest.skip("this PostgreSQL has no psql")
    assert whimbrel(project, "psql", "-c", "SELECT 1/0").returncode == 1


def test_words_too_many_are_a_misuse(tmp_path: Path) -> None:
    done = whimbrel(tmp_path, "stop", "now")
    assert done.returncode == 2
    assert "takes no argument: now" in done.stderr


def test_a_named_folder_without_postgresql_is_an_error(tmp_path: Path) -> None:
    done = whimbrel(tmp_path, "start", WHIMBREL_POSTGRES_BIN=str(tmp_path))
    assert done.returncode == 1
    assert done.stdout == ""
    assert f"cannot use the PostgreSQL in {tmp_path}: there is no program postgres in it" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_error_is_told_without_a_traceback_or_a_password(project: Path, serve: Serve) -> None:
    server = serve(project)
    password = server.start().password
    server.stop()
    with (project / ".whimbrel" / "postgres" / "postgresql.conf").open("a") as file:
        file.write("shared_buffers = 1kB\n")
    done = whimbrel(project, "start")
    assert done.returncode == 1
    assert "shared_buffers" in done.stderr
    assert "Traceback" not in done.stderr
    assert password not in done.stderr + done.stdout


def test_a_named_folder_of_programs_is_used(tmp_path: Path, serve: Serve, binaries: Binaries) -> None:
    others = map(inspect, Path("/usr/lib/postgresql").glob("*/bin"))
    named = next((other for other in others if other.version != binaries.version), None)
    if named is None:
        pytest.skip("this system has only one PostgreSQL")
    server = serve(tmp_path)
    (tmp_path / ".whimbrel").mkdir()  # so it is no part of a project above
    done = whimbrel(tmp_path, "start", WHIMBREL_POSTGRES_BIN=str(named.folder))
    assert done.stderr.startswith(f"started PostgreSQL {named.version} ")
    assert server.status().version == named.version
