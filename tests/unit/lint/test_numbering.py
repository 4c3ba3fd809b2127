"""New files get numbers directly behind a migration, in its directory's style, or it is said why there are none."""

from __future__ import annotations

import pytest

from whimbrel.lint.directory import in_order
from whimbrel.lint.fixes.numbering import numbers_behind


def numbers(names: list[str], behind: str, count: int = 1, added: str = "", old: str = "") -> tuple[list[str], str]:
    files = in_order((f"{name}.up.sql", f"{name}.up.sql", b"") for name in names)
    for file in files:
        file.fixable, file.added = file.name != f"{old}.up.sql", file.name == f"{added}.up.sql"
    (subject,) = [file for file in files if file.name == f"{behind}.up.sql"]
    return numbers_behind(subject, files, count)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        pytest.param(["000001_a", "000002_b"], ["000003", "000004"], id="padded"),
        pytest.param(["8_a", "9_b"], ["10", "11"], id="not padded"),
        pytest.param(["20241231235958_a"], ["20241231235959", "20250101000000"], id="times"),
        pytest.param(["99991231235958_a"], ["99991231235959", "99991231235960"], id="the last of all times"),
        pytest.param(["20249931235958_a"], ["20249931235959", "20249931235960"], id="14 digits that are no time"),
    ],
)
def test_the_style_is_kept(names: list[str], expected: list[str]) -> None:
    assert numbers(names, names[-1], 2) == (expected, "")


def test_files_that_were_added_stay_before() -> None:
    assert numbers(["1_a", "2_x", "9_c"], "1_a", added="2_x") == (["3"], "")


@pytest.mark.parametrize(
    ("names", "behind", "old", "reason"),
    [
        (["1_a", "2_b"], "1_a", "", "2_b.up.sql leaves no number free behind 1_a.up.sql"),
        (["1_a", "3_b"], "1_a", "3_b", "3_b.up.sql comes later and is not new"),
        (["1_a"], "1_a", "1_a", "1_a.up.sql is not new"),
        (["001_a", "999_b"], "999_b", "", "no number of 3 digits is left"),
        (["1_a", "9223372036854775807_b"], "9223372036854775807_b", "", "no number behind 9223372036854775807 is left"),
    ],
)
def test_why_there_is_no_room(names: list[str], behind: str, old: str, reason: str) -> None:
    assert numbers(names, behind, old=old)[1] == reason


def test_numbers_that_are_only_shown_are_free() -> None:
    assert numbers(["1_a", "2_b"], "1_a")[0] == ["3"]
