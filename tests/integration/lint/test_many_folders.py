"""Many folders are linted by several processes, and it shows in nothing but the time."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import msgspec
import pytest

from whimbrel.errors import Misuse
from whimbrel.lint import parallel
from whimbrel.lint.fixes.fixable import Fixes
from whimbrel.lint.parallel import WORTH_IT, encoded_in
from whimbrel.lint.settings import LintSettings
from whimbrel.lint.targets import folders
from whimbrel.report.findings import as_json

if TYPE_CHECKING:
    from pathlib import Path

    from whimbrel.findings.finding import Finding

FOLDERS = 30


@pytest.fixture
def many(tmp_path: Path) -> Path:
    for folder in range(FOLDERS):
        place = tmp_path / f"{folder:03}"
        place.mkdir()
        for number in range(1, WORTH_IT // FOLDERS + 2):
            text = f"CREATE TABLE t{number} (id int);\n" * (1 + folder % 3)
            (place / f"{number:03}_t.up.sql").write_text(text)
    return tmp_path


def encode(findings: list[Finding]) -> bytes:
    return msgspec.json.encode([as_json(one) for one in findings])


def linted(path: Path, processes: int, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    monkeypatch.setattr(parallel, "_processors", lambda: processes)
    found = folders([str(path)], bytes)
    return [one.data for one in encoded_in(found, LintSettings(select=("all",)), encode, fixes=Fixes.NONE)]


@pytest.mark.parametrize("processes", [2, 3, FOLDERS + 1])
def test_several_processes_find_what_one_finds(many: Path, processes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = linted(many, 1, monkeypatch)
    assert len(alone) == FOLDERS
    assert len(set(alone)) == FOLDERS
    assert linted(many, processes, monkeypatch) == alone


def test_an_error_of_another_process_is_raised(many: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = os.getpid()

    def fail(findings: list[Finding]) -> bytes:
        if os.getpid() == own:
            return encode(findings)
        message = "no"
        raise Misuse(message)

    monkeypatch.setattr(parallel, "_processors", lambda: 2)
    with pytest.raises(Misuse, match="no"):
        list(encoded_in(folders([str(many)], bytes), LintSettings(), fail, fixes=Fixes.NONE))


def test_a_killed_process_is_told(many: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = os.getpid()

    def die(findings: list[Finding]) -> bytes:
        if os.getpid() != own:
            os.kill(os.getpid(), signal.SIGKILL)
        return encode(findings)

    monkeypatch.setattr(parallel, "_processors", lambda: 2)
    with pytest.raises(ChildProcessError, match="ended before it was done"):
        list(encoded_in(folders([str(many)], bytes), LintSettings(), die, fixes=Fixes.NONE))
