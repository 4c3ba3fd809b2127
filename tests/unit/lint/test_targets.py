"""Directories with a directory for each migration are read as the runners do that know them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.lint.linter import Linter
from whimbrel.lint.rule import Selection, entries
from whimbrel.lint.targets import folders

if TYPE_CHECKING:
    from pathlib import Path


def order(root: Path, *names: str) -> list[str]:
    for name in names:
        place = root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("SELECT 1;")
    return [file.path.removeprefix(f"{root}/") for folder in folders([str(root)], lambda: b"") for file in folder.files]


def test_directories_of_migrations_come_by_the_text_of_their_numbers(tmp_path: Path) -> None:
    names = [
        "20250624101500_a/migration.sql", "20250625_b/migration.sql", "20250625090000_c/migration.sql",
        "20250626/migration.sql",
    ]  # fmt: skip
    assert order(tmp_path, *reversed(names)) == names


def test_a_number_with_hyphens_needs_no_underscore(tmp_path: Path) -> None:
    names = [
        "00000000000000_setup/up.sql", "2020-12-05-100000_b/up.sql", "2020-12-05-100000_b/down.sql",
        "2020-12-7-190800_a/up.sql", "2023-05-23-1715-c/up.sql", "2023-05-24-000000_d/up.sql",
    ]  # fmt: skip
    assert order(tmp_path, *reversed(names)) == names


def test_findings_call_such_a_file_by_its_own_number(tmp_path: Path) -> None:
    order(tmp_path, "20250625_b/migration.sql", "20250624101500_a/migration.sql")
    (folder,) = folders([str(tmp_path)], lambda: b"")
    assert [file.name for file in folder.files] == ["20250624101500_a.up.sql", "20250625_b.up.sql"]


def test_directories_of_one_time_are_two_migrations_unless_their_numbers_are_one_text(tmp_path: Path) -> None:
    order(
        tmp_path, "prisma/20250624101500_a/migration.sql", "prisma/20250624101500_b/migration.sql",
        "diesel/20250624101500_a/up.sql", "diesel/2025-06-24-101500_b/up.sql", "diesel/2025-06-24-101500-0000_c/up.sql",
    )  # fmt: skip
    chosen = Selection(entry for entry in entries() if entry.name == "duplicate-version")
    found = [one for folder in folders([str(tmp_path)], lambda: b"") for one in Linter(chosen).directory(folder.files)]
    assert [one.file.path.removeprefix(f"{tmp_path}/") for one in found] == ["diesel/2025-06-24-101500_b/up.sql"]
