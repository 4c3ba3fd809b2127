"""What the embedded server says when it cannot start."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fix_embedded import run_python, until

from whimbrel.errors import ServerError
from whimbrel.shadow.account import choose_account
from whimbrel.shadow.binaries import VARIABLE, Binaries, find_binaries
from whimbrel.shadow.home import Place
from whimbrel.shadow.launch import launch, server_settings
from whimbrel.shadow.port import choose_port
from whimbrel.shadow.postmaster import read_postmaster
from whimbrel.shadow.socket_folder import make_socket_folder

if TYPE_CHECKING:
    from fix_embedded import Serve

ONLY_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a disk")
START = """
import sys, pathlib
from whimbrel.errors import ServerError
from whimbrel.shadow.embedded import EmbeddedServer
server = EmbeddedServer(pathlib.Path(sys.argv[1]))
try:
    server.start()
    server.stop()
except ServerError as error:
    print(error.message, error.remedy, sep="\\n")
"""


def on_a_disk(folder: Path, mount: str, code: str = START) -> str:
    """What Python code prints with `folder` on a disk of its own, gone when the code has ended."""
    prefix = ("unshare", "--mount", "--propagation=private", "sh", "-ec", f'{mount}; shift; exec "$@"', "sh", folder)
    done = run_python(code, folder, prefix=tuple(map(str, prefix)))
    assert done.stderr == ""
    return done.stdout


def listener(port: int = 0) -> socket.socket:
    taken = socket.socket()
    taken.bind(("127.0.0.1", port))
    taken.listen()
    return taken


def test_a_kept_port_that_is_taken_is_replaced_once_and_for_all(project: Path, serve: Serve) -> None:
    server = serve(project)
    first = server.start()
    server.stop()
    with closing(listener(first.port)):
        second = server.start()
    assert second.port != first.port
    assert len(second.notices) == 1
    assert f"port {first.port} is taken" in second.notices[0]
    server.stop()
    assert (server.start().port, server.start().notices) == (second.port, ())


def test_a_port_that_was_asked_for_and_is_taken_is_an_error(project: Path, serve: Serve) -> None:
    with closing(listener()) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ServerError) as caught:
            serve(project, port=port).start()
    assert caught.value.message == f"cannot start PostgreSQL on port {port}: another program listens on it"
    assert serve(project, port=port).start().port == port


def test_a_port_that_was_asked_for_while_it_runs_on_another_is_an_error(project: Path, serve: Serve) -> None:
    running = serve(project).start()
    with pytest.raises(ServerError, match=f"it runs on port {running.port} already"):
        serve(project, port=running.port + 1).start()


def test_a_server_that_dies_says_why(project: Path, serve: Serve) -> None:
    with (project / ".whimbrel" / "postgres" / "postgresql.conf").open("a") as file:
        file.write("no_such_setting = 1\n")
    with pytest.raises(ServerError) as caught:
        serve(project).start()
    first, *rest = caught.value.message.splitlines()
    assert first.startswith(f"cannot start PostgreSQL in {project}/.whimbrel/postgres: ")
    assert "configuration file" in first
    assert any('unrecognized configuration parameter "no_such_setting"' in line for line in rest)
    assert "postgres.log" in caught.value.remedy


def test_data_of_another_major_version_is_named_with_the_programs(
    project: Path, serve: Serve, binaries: Binaries
) -> None:
    (project / ".whimbrel" / "postgres" / "PG_VERSION").write_text("12\n")
    with pytest.raises(ServerError) as caught:
        serve(project, binaries=binaries.folder).start()
    assert "the data is of version 12" in caught.value.message
    assert binaries.version in caught.value.message
    assert "PostgreSQL 12" in caught.value.remedy
    assert f"PostgreSQL {binaries.major}" in caught.value.remedy


def test_programs_are_chosen_by_the_data(tmp_path: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """Data of an older version goes on with the older programs, where the system has them."""
    monkeypatch.delenv(VARIABLE, raising=False)
    binaries = find_binaries()
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin")):
        older = find_binaries(folder)
        if older.major != binaries.major:
            break
    else:
        pytest.skip("this system has only one PostgreSQL")
    server = serve(tmp_path, binaries=older.folder)
    assert server.start().version == older.version
    server.stop()
    assert serve(tmp_path).start().version == older.version


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path, serve: Serve) -> None:
    data = tmp_path / ".whimbrel" / "postgres"
    data.mkdir(parents=True)
    (data / "letter.txt").write_text("dear")
    with pytest.raises(ServerError, match="is no data folder of PostgreSQL"):
        serve(tmp_path).start()
    assert (data / "letter.txt").read_text() == "dear"


def test_missing_shared_libraries_are_named(tmp_path: Path, serve: Serve, binaries: Binaries) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    shutil.copy(binaries.folder / "initdb", folder)
    program = (binaries.folder / "postgres").read_bytes()
    if b"libz.so.1\0" not in program:
        pytest.skip("this PostgreSQL does not use libz.so.1")
    (folder / "postgres").write_bytes(program.replace(b"libz.so.1\0", b"libQ.so.9\0"))
    (folder / "postgres").chmod(0o755)
    with pytest.raises(ServerError) as caught:
        serve(tmp_path, binaries=folder).start()
    assert caught.value.message.startswith(f"cannot use the PostgreSQL in {folder}: ")
    assert "cannot open shared object file" in caught.value.message
    assert "install what it misses" in caught.value.remedy


def test_a_squatted_socket_folder_is_not_used(stopped_project: Path, tmp_path: Path, serve: Serve) -> None:
    folder = tmp_path / ("d" * 120)
    shutil.copytree(stopped_project, folder)
    place, account = Place(folder / ".whimbrel"), choose_account()
    usual = make_socket_folder(place, account, serve(folder).start().password)
    serve(folder).stop()
    usual.symlink_to(tmp_path)
    with pytest.raises(ServerError, match="somebody else made it"):
        serve(folder).start()
    usual.unlink()


def test_a_server_that_was_started_by_hand_is_left_alone(
    project: Path, tmp_path: Path, serve: Serve, binaries: Binaries
) -> None:
    data = project / ".whimbrel" / "postgres"
    by_hand = launch(binaries, choose_account(), data, server_settings(choose_port(), tmp_path), subprocess.DEVNULL)
    with by_hand:
        until(lambda: (found := read_postmaster(data)) and found.ready, "ready")
        with pytest.raises(ServerError) as caught:
            serve(project).start()
        by_hand.terminate()
    assert f"process {by_hand.pid}, not started by Whimbrel" in caught.value.message
    assert "pg_ctl stop" in caught.value.remedy


def test_a_server_whose_password_is_lost_can_be_stopped(project: Path, serve: Serve) -> None:
    server = serve(project)
    server.start()
    state = project / ".whimbrel" / "server.state"
    state.unlink()
    with pytest.raises(ServerError, match="its password is gone"):
        server.start()
    assert server.stop().was_running


def test_a_state_file_of_another_make_is_named(project: Path, serve: Serve) -> None:
    state = project / ".whimbrel" / "server.state"
    text = state.read_text()
    state.write_text("{}")
    with pytest.raises(ServerError, match="it is not as Whimbrel wrote it"):
        serve(project).start()
    state.write_text(text)


@ONLY_ROOT
def test_another_users_folder_is_named_with_its_owner(tmp_path: Path, serve: Serve) -> None:
    home = tmp_path / ".whimbrel"
    home.mkdir()
    os.chown(home, 65534, 65534)
    with pytest.raises(ServerError, match=r"belongs to user nobody, and this is user root"):
        serve(tmp_path).start()
    os.chown(home, 0, 0)


@ONLY_ROOT
def test_a_disk_too_small_for_the_first_start_is_named(tmp_path: Path) -> None:
    said = on_a_disk(tmp_path, 'mount -t tmpfs -o size=9m whimbrel "$1"')
    assert said.startswith(f"cannot make a data folder in {tmp_path}/.whimbrel: ")
    assert "No space left on device" in said


@ONLY_ROOT
def test_a_disk_that_is_full_at_a_later_start_is_named(tmp_path: Path) -> None:
    fill = """
from contextlib import suppress
import pathlib, sys
from whimbrel.shadow.embedded import EmbeddedServer
first = EmbeddedServer(pathlib.Path(sys.argv[1]))
first.start()
first.stop()
with suppress(OSError), open(sys.argv[1] + "/fill", "wb", buffering=0) as file:
    while file.write(bytes(4096)):
        pass
"""
    said = on_a_disk(tmp_path, 'mount -t tmpfs -o size=120m whimbrel "$1"', fill + START)
    assert said.startswith("cannot ")
    assert str(tmp_path / ".whimbrel") in said
    assert "no space left on device" in said.lower()


@ONLY_ROOT
@pytest.mark.parametrize("kind", ["disk", "data"])
def test_a_read_only_disk_is_named(project: Path, kind: str) -> None:
    place = {"disk": '"$1"', "data": '"$1/.whimbrel/postgres"'}[kind]
    said = on_a_disk(project, f"mount --bind {place} {place}; mount -o remount,bind,ro {place}")
    assert said.startswith("cannot ")
    assert str(project / ".whimbrel") in said
    assert "read-only file system" in said.lower()


@ONLY_ROOT
@pytest.mark.parametrize("number", ["unused", "another's"])
def test_a_server_of_another_container_is_not_mistaken_for_a_dead_one(project: Path, serve: Serve, number: str) -> None:
    """Two servers on one data folder would ruin it; there, the number of the first one's process means nothing."""
    running = serve(project).start()
    code = START.replace(".argv[1])", ".argv[1]), timeout=0.3") + "print(server.status())"
    last_pid = Path("/proc/sys/kernel/ns_last_pid")
    if number == "another's" and not last_pid.exists():
        pytest.skip("this system does not let the number of a process be chosen")
    if number == "another's":
        code = f"""
import pathlib, subprocess
pathlib.Path("{last_pid}").write_text("{running.pid - 1}")
other = subprocess.Popen(["sleep", "60"])
assert other.pid == {running.pid}
{code}
other.kill()
other.wait()
"""
    inside = run_python(code, project, prefix=("unshare", "--pid", "--fork", "--mount-proc"))
    assert "a server holds it that is not ready, or cannot be seen from here" in inside.stdout, inside.stderr
    assert "another container" in inside.stdout
    assert "Status(running=True" in inside.stdout
    assert "pid=None" in inside.stdout
    assert serve(project).start().pid == running.pid
