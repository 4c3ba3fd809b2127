from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from fix_embedded import until

from whimbrel.shadow.postmaster import (
    Postmaster,
    command_line,
    is_alive,
    is_server_of,
    is_taken,
    parse_postmaster,
    read_postmaster,
)

READY = "4711\n/p/.whimbrel/postgres\n1700000000\n5433\n/p/.whimbrel/run\n127.0.0.1\n  5433001   32769\nready   \n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(READY, Postmaster(4711, 1700000000, 5433, "/p/.whimbrel/run", ready=True), id="ready"),
        pytest.param(
            READY.replace("ready   ", "starting"),
            Postmaster(4711, 1700000000, 5433, "/p/.whimbrel/run", ready=False),
            id="starting",
        ),
        pytest.param("4711\n/p\n1700000000\n", Postmaster(4711), id="half written"),
        pytest.param("-4711\n/p\n", Postmaster(4711), id="single-user mode"),
        pytest.param("", None, id="empty"),
        pytest.param("no number\n", None, id="something else"),
    ],
)
def test_postmaster_pid_is_understood(text: str, expected: Postmaster | None) -> None:
    assert parse_postmaster(text) == expected


def test_no_file_is_no_postmaster(tmp_path: Path) -> None:
    assert read_postmaster(tmp_path) is None


def test_a_process_is_the_server_of_the_folder_that_it_works_in(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "60"], cwd=tmp_path) as process:
        assert is_server_of(process.pid, tmp_path)
        assert not is_server_of(process.pid, tmp_path.parent)
        process.kill()
    assert not is_server_of(process.pid, tmp_path)


def test_the_words_of_a_command_can_be_seen(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()", str(tmp_path)], stdin=subprocess.PIPE) as process:
        until(lambda: os.fsencode(tmp_path) in command_line(process.pid), "the words can be seen")
        process.kill()
    assert command_line(process.pid).strip() == b""


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="the system does not show what has ended")
def test_a_process_that_waits_to_be_reaped_is_not_alive() -> None:
    with subprocess.Popen(["true"], stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.read()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert is_taken(process.pid)
        assert not is_alive(process.pid)
    assert not is_taken(process.pid)


def test_process_one_is_there_whoever_asks() -> None:
    assert is_taken(1)
    assert is_alive(1)
