"""A fault of ours says where to report it, and no secret."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest
from replay import WHIMBREL

from whimbrel.cli.bug import reported
from whimbrel.errors import ExitCode


def fails() -> NoReturn:
    password = "SECRET"
    message = f"could not use {password}"
    raise ValueError(message)


def test_a_bug_says_what_where_and_to_whom(capsys: pytest.CaptureFixture[str]) -> None:
    assert reported(fails) == ExitCode.BUG
    said = capsys.readouterr()
    assert said.out == ""
    assert "this is a bug in Whimbrel: ValueError in fails, line " in said.err
    assert f"Python {sys.version_info[0]}.{sys.version_info[1]}." in said.err
    assert "please report it with these lines at https://" in said.err
    assert "SECRET" not in said.err
    assert "Traceback" not in said.err


def test_an_interrupt_is_no_bug(capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted() -> NoReturn:
        raise KeyboardInterrupt

    assert reported(interrupted) == ExitCode.INTERRUPTED
    assert capsys.readouterr().err == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no disk that is always full")
def test_a_full_disk_is_no_bug(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text("DROP TABLE t;")
    for words in (["lint", "a.sql"], ["lint", "a.sql", "--format", "json"], ["lint", "--explain", "all"]):
        with Path("/dev/full").open("wb") as full:
            done = subprocess.run([*WHIMBREL, *words], cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, check=False)
        assert (done.returncode, done.stderr) == (ExitCode.FAILED, b"error: no space left on device\n")


def test_streams_may_be_closed(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text("SELECT 1;")
    for closing, word in ((">&-", "a.sql"), ("2>&-", "a.sql"), ("<&-", "-")):
        command = ["sh", "-c", f'"$@" {closing}', "sh", *WHIMBREL, "lint", word]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
        assert (done.returncode, b"Traceback" in done.stderr) == (ExitCode.OK, False)


def test_what_went_well_is_passed_on() -> None:
    assert reported(lambda: 2) == 2


def test_a_directory_that_is_gone_is_no_bug(tmp_path: Path) -> None:
    for words in (["lint"], ["version"]):
        gone = tmp_path / words[0]
        gone.mkdir()
        command = ["sh", "-c", 'rmdir "$PWD" && exec "$@"', "sh", *WHIMBREL, *words]
        done = subprocess.run(command, cwd=gone, capture_output=True, text=True, check=False)
        assert done.returncode == ExitCode.MISUSE
        assert done.stderr == "error: the current directory is gone\n  help: change to one that exists\n"
