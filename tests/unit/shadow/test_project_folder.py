from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from whimbrel.shadow.project_folder import MARKS, project_folder

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("mark", MARKS)
def test_the_nearest_marked_folder_upward_is_the_project(tmp_path: Path, mark: str) -> None:
    inner = tmp_path / "inner"
    below = inner / "src" / "app"
    below.mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    (inner / mark).mkdir()
    assert project_folder(below) == project_folder(inner) == inner
    assert project_folder(tmp_path) == tmp_path


def test_without_a_mark_it_is_the_current_folder(tmp_path: Path) -> None:
    below = tmp_path / "a"
    below.mkdir()
    if any((above / mark).exists() for above in below.parents for mark in MARKS):
        pytest.skip("a folder above the temporary one is marked")
    assert project_folder(below) == below
