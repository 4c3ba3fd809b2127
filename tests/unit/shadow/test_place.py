from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from whimbrel.shadow import place
from whimbrel.shadow.account import Account, AccountKind
from whimbrel.shadow.home import Home

OWNER, GROUP, OTHER = (
    Account(AccountKind.USER, 7, 70),
    Account(AccountKind.USER, 8, 80),
    Account(AccountKind.USER, 9, 90),
)


@pytest.mark.parametrize(
    ("mode", "account", "allowed"),
    [
        pytest.param(0o700, OWNER, True, id="owner, closed to others"),
        pytest.param(0o077, OWNER, False, id="owner, whom the mode leaves out"),
        pytest.param(0o710, GROUP, True, id="group"),
        pytest.param(0o707, GROUP, False, id="group, whom the mode leaves out"),
        pytest.param(0o711, OTHER, True, id="another"),
        pytest.param(0o774, OTHER, False, id="another, who may only read"),
    ],
)
def test_a_folders_mode_decides_who_may_pass(mode: int, account: Account, allowed: bool) -> None:
    folder = os.stat_result((stat.S_IFDIR | mode, 0, 0, 2, OWNER.uid, GROUP.gid, 0, 0, 0, 0))
    assert place._may_pass(folder, account) is allowed


def test_a_closed_folder_above_keeps_others_out(tmp_path: Path) -> None:
    below = tmp_path / "closed" / "open"
    below.mkdir(parents=True)
    below.parent.chmod(0o700)
    ours = Account(AccountKind.USER, os.geteuid(), os.getegid())
    assert place.may_enter(below, ours)
    assert not place.may_enter(below, OTHER)
    assert place.may_enter(Path("/"), OTHER)


def test_a_callers_server_works_in_the_project(tmp_path: Path) -> None:
    caller = Account(AccountKind.CALLER, os.geteuid(), os.getegid())
    home = Home(tmp_path / ".whimbrel")
    assert place.place_for(home, caller) == home.default_place
