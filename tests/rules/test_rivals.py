"""Does a rule of ours find what each rule of other linters finds, and keep silent where theirs does?"""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from rivals import Rival, rivals

from whimbrel.lint.rule import entries

if TYPE_CHECKING:
    from pathlib import Path

ALL = list(rivals())
SQUAWK = shutil.which("squawk")
TIMEOUTS = {"require-lock-timeout", "require-statement-timeout"}
"""What squawk's require-timeout-settings stands for."""


def test_every_rule_of_ours_that_is_named_exists() -> None:
    assert {name for rival in ALL for name in rival.ours} <= {entry.name for entry in entries()}


@pytest.mark.parametrize("rival", ALL, ids=str)
def test_what_they_find_is_found(rival: Rival) -> None:
    assert bool(rival.ours) != bool(rival.why)
    assert set(rival.ours) <= rival.found(rival.bad)


@pytest.mark.parametrize("rival", [one for one in ALL if one.ours and one.good], ids=str)
def test_their_good_example_is_not_found(rival: Rival) -> None:
    assert not set(rival.ours) & rival.found(rival.good)


@pytest.mark.skipif(SQUAWK is None, reason="needs squawk on PATH")
@pytest.mark.parametrize("rival", [one for one in ALL if one.tool == "squawk"], ids=str)
def test_squawk_itself_finds_its_bad_example_and_not_its_good_one(rival: Rival, tmp_path: Path) -> None:
    assert rival.name in _squawk(rival, rival.bad, tmp_path)
    if rival.good:
        assert rival.name not in _squawk(rival, rival.good, tmp_path)


def _squawk(rival: Rival, sql: str, folder: Path) -> set[str]:
    """Return the rules of squawk that find something."""
    (folder / "case.sql").write_text(sql)
    command = [SQUAWK, f"--include={rival.name}", "--reporter=gcc", *rival.options, str(folder / "case.sql")]
    command += ["--assume-in-transaction"] * ("in-transaction" in rival.name)
    printed = subprocess.run([str(one) for one in command], capture_output=True, text=True, check=False).stdout
    found = {line.split(": ")[2].split(" ")[0] for line in printed.splitlines() if line.count(": ") > 1}
    return found | {"require-timeout-settings"} if found >= TIMEOUTS else found
