"""Files are written as a whole, new ones only where nothing is, and what cannot be written is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from whimbrel.errors import UnwritableFile
from whimbrel.lint.file import File
from whimbrel.lint.write_fixed import write

if TYPE_CHECKING:
    from pathlib import Path


def file(path: Path, data: bytes = b"new") -> File:
    return File(str(path), path.name, data, 0)


def test_nothing_is_written_where_a_directory_cannot_be(tmp_path: Path) -> None:
    old, gone = tmp_path / "a.sql", tmp_path / "gone" / "b.sql"
    old.write_text("old")
    with pytest.raises(UnwritableFile, match=r"cannot write .*gone"):
        write([file(gone)], [file(old)])
    assert old.read_text() == "old"


def test_a_new_file_never_takes_the_place_of_another(tmp_path: Path) -> None:
    there = tmp_path / "a.sql"
    there.write_text("old")
    with pytest.raises(UnwritableFile, match=r"a\.sql: file exists"):
        write([file(there)], [])
    assert there.read_text() == "old"


def test_a_link_stays_one(tmp_path: Path) -> None:
    there, link = tmp_path / "a.sql", tmp_path / "b.sql"
    there.write_text("old")
    link.symlink_to(there)
    write([], [file(link)])
    assert link.is_symlink()
    assert there.read_text() == "new"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.sql", "b.sql"]
