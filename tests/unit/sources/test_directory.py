"""The local directory: links, what is passed over, and what cannot be read."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from whimbrel.errors import SourceMissing, UnreadableFile
from whimbrel.sources.directory import DirectorySource

if TYPE_CHECKING:
    from collections.abc import Iterator

NOBODY = 65534


def source(path: Path) -> DirectorySource:
    return DirectorySource(path, f"file://{path}")


@contextmanager
def as_nobody() -> Iterator[None]:
    """Root may read everything; be somebody else for a moment."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(before)


def test_folders_are_passed_over_even_when_named_like_a_migration(tmp_path: Path) -> None:
    (tmp_path / "1_a.up.sql").mkdir()
    (tmp_path / "2_b.up.sql").touch()
    assert source(tmp_path).names() == ("2_b.up.sql",)


def test_a_link_to_a_file_is_followed(tmp_path: Path) -> None:
    (tmp_path / "body").write_bytes(b"SELECT 1")
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "1_a.up.sql").symlink_to("../body")
    assert source(tmp_path / "m").names() == ("1_a.up.sql",)
    assert source(tmp_path / "m").read("1_a.up.sql") == b"SELECT 1"


def test_a_link_that_leads_nowhere_is_listed_and_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "1_a.up.sql").symlink_to("nowhere")
    assert source(tmp_path).names() == ("1_a.up.sql",)
    with pytest.raises(UnreadableFile) as caught:
        source(tmp_path).read("1_a.up.sql")
    assert (caught.value.name, caught.value.reason) == ("1_a.up.sql", "no such file or directory")


def test_a_link_to_a_folder_is_listed_and_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "1_a.up.sql").symlink_to(tmp_path)
    assert source(tmp_path / "m").names() == ("1_a.up.sql",)
    with pytest.raises(UnreadableFile) as caught:
        source(tmp_path / "m").read("1_a.up.sql")
    assert caught.value.reason == "is a directory"


def test_a_link_in_a_circle_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "1_a.up.sql").symlink_to("1_a.up.sql")
    with pytest.raises(UnreadableFile) as caught:
        source(tmp_path).read("1_a.up.sql")
    assert caught.value.reason == "too many levels of symbolic links"


def test_a_directory_may_itself_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "1_a.up.sql").touch()
    (tmp_path / "link").symlink_to("m")
    assert source(tmp_path / "link").names() == ("1_a.up.sql",)


def test_names_that_are_no_utf8_can_be_read(tmp_path: Path) -> None:
    name = os.fsdecode(b"1_\xff.up.sql")
    (tmp_path / name).write_bytes(b"x")
    assert source(tmp_path).names() == (name,)
    assert source(tmp_path).read(name) == b"x"


@pytest.mark.parametrize(
    ("path", "reason"),
    [("missing", "no such file or directory"), ("file", "not a directory"), ("file/x", "not a directory")],
)
def test_what_is_no_directory_says_so(path: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SourceMissing) as caught:
        source(tmp_path / path).names()
    assert caught.value.path == str(tmp_path / path)
    assert caught.value.reason == reason
    assert caught.value.remedy


def test_a_path_with_a_nul_is_no_directory() -> None:
    with pytest.raises(SourceMissing) as caught:
        source(Path("a\0b")).names()
    assert caught.value.reason == "invalid argument"


def test_a_directory_that_may_not_be_listed_says_so(tmp_path: Path) -> None:
    tmp_path.chmod(0o000)
    with as_nobody(), pytest.raises(SourceMissing) as caught:
        source(tmp_path).names()
    tmp_path.chmod(0o700)
    assert caught.value.reason == "permission denied"


def test_a_file_that_may_not_be_read_says_so(tmp_path: Path) -> None:
    (tmp_path / "1_a.up.sql").touch(mode=0o000)
    with as_nobody(), pytest.raises(UnreadableFile) as caught:
        source(tmp_path).read("1_a.up.sql")
    assert caught.value.reason == "permission denied"


def test_an_edit_between_two_readings_is_seen(tmp_path: Path) -> None:
    (tmp_path / "1_a.up.sql").write_bytes(b"one")
    asked = source(tmp_path)
    assert asked.read("1_a.up.sql") == b"one"
    (tmp_path / "1_a.up.sql").write_bytes(b"two")
    (tmp_path / "2_b.up.sql").touch()
    assert asked.read("1_a.up.sql") == b"two"
    assert asked.names() == ("1_a.up.sql", "2_b.up.sql")


def test_twenty_thousand_files_are_listed_in_linear_time(tmp_path: Path) -> None:
    """golang-migrate sorts anew for each file and needs 13 s here; the bound leaves room for a slow machine."""
    for number in range(10_000):
        os.close(os.open(tmp_path / f"{number}_a.up.sql", os.O_CREAT))
        os.close(os.open(tmp_path / f"{number}_a.down.sql", os.O_CREAT))
    began = time.process_time()
    names = source(tmp_path).names()
    took_s = time.process_time() - began
    assert len(names) == 20_000
    assert took_s < 0.5
