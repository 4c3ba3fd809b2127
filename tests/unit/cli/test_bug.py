"""A fault of ours says where to report it, and no secret."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NoReturn

from whimbrel.cli.bug import reported
from whimbrel.errors import ExitCode

if TYPE_CHECKING:
    import pytest


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


def test_what_went_well_is_passed_on() -> None:
    assert reported(lambda: 2) == 2
