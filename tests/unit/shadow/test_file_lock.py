from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from fix_embedded import until

from whimbrel.errors import ServerError
from whimbrel.shadow.file_lock import acquire, hold, is_held

if TYPE_CHECKING:
    from pathlib import Path


def test_a_lock_has_one_holder_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    assert not is_held(path)
    with hold(path, timeout=1):
        assert is_held(path)
        with pytest.raises(ServerError) as caught:
            acquire(path, timeout=0.01)
    assert caught.value.message == f"cannot lock {path} within 0.01 s: process {os.getpid()} holds it"
    assert not is_held(path)
    assert path.stat().st_mode & 0o777 == 0o600


def test_looking_does_not_take_it(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    path.touch()
    assert not is_held(path)
    with hold(path, timeout=0):
        pass


def test_it_passes_to_a_child_and_ends_with_it(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    file = acquire(path, timeout=1)
    with subprocess.Popen(["sleep", "60"], pass_fds=[file]) as child:
        os.close(file)
        assert is_held(path)
        child.kill()
    until(lambda: not is_held(path), "released")


def test_a_child_that_does_not_inherit_it_does_not_hold_it(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    file = acquire(path, timeout=1)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE):
        os.close(file)
        assert not is_held(path)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ServerError, match=r"cannot lock .*/none/lock: no such file or directory"):
        acquire(tmp_path / "none" / "lock", timeout=0)
