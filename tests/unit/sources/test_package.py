"""Migrations in an installed Python package, and packages that are not there."""

from __future__ import annotations

import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from whimbrel.errors import BadSourceUrl, SourceMissing, UnreadableFile
from whimbrel.sources.package import PackageSource

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that Python imports from; what was imported from it is forgotten again."""
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if name.startswith("whim_"):
            del sys.modules[name]


def names_refused(source: PackageSource) -> str:
    with pytest.raises(SourceMissing) as caught:
        source.names()
    assert caught.value.path == source.url
    return caught.value.reason


@pytest.mark.parametrize(
    ("url", "package", "folder"),
    [
        ("package://app/migrations", "app", "migrations"),
        ("package://app.db.sql/a/b/", "app.db.sql", "a/b"),
        ("package:app", "app", ""),
        ("PACKAGE://app/", "app", ""),
    ],
)
def test_a_url_names_package_and_folder(url: str, package: str, folder: str) -> None:
    assert PackageSource.from_url(url) == PackageSource(package, folder)


@pytest.mark.parametrize("url", ["package://", "package:///x", "package://a-b/x", "package://a..b/x", "package://1a"])
def test_what_cannot_be_a_package_is_refused(url: str) -> None:
    with pytest.raises(BadSourceUrl, match="is no name of a Python package") as caught:
        PackageSource.from_url(url)
    assert caught.value.url == url


def test_a_package_without_init_file_will_do(packages: Path) -> None:
    (packages / "whim_bare" / "m").mkdir(parents=True)
    (packages / "whim_bare" / "m" / "1_a.up.sql").write_bytes(b"x")
    source = PackageSource("whim_bare", "m")
    assert source.names() == ("1_a.up.sql",)
    assert source.read("1_a.up.sql") == b"x"


def test_the_package_itself_may_hold_the_files(packages: Path) -> None:
    (packages / "whim_flat").mkdir()
    (packages / "whim_flat" / "__init__.py").touch()
    (packages / "whim_flat" / "1_a.up.sql").write_bytes(b"x")
    assert "1_a.up.sql" in PackageSource("whim_flat", "").names()


@pytest.mark.parametrize("package", ["whim_missing", "whim_missing.sub", "json.whim_missing"])
def test_a_package_that_is_not_installed_is_missing(package: str) -> None:
    reason = names_refused(PackageSource(package, "m"))
    assert reason.startswith("no module named ")
    assert "whim_missing" in reason


def test_a_module_is_no_package(packages: Path) -> None:
    (packages / "whim_module.py").touch()
    assert "whim_module cannot be imported as a package" in names_refused(PackageSource("whim_module", ""))


@pytest.mark.parametrize("code", ["import whim_not_there", "1 / 0", "(", "raise RuntimeError('no')"])
def test_a_package_that_fails_while_it_is_imported_says_so(code: str, packages: Path) -> None:
    (packages / "whim_broken").mkdir()
    (packages / "whim_broken" / "__init__.py").write_text(code)
    assert "whim_broken cannot be imported as a package: " in names_refused(PackageSource("whim_broken", ""))


@pytest.mark.parametrize(("folder", "reason"), [("no", "no such file or directory"), ("f.txt", "not a directory")])
def test_a_folder_that_is_not_in_the_package_is_missing(folder: str, reason: str, packages: Path) -> None:
    (packages / "whim_whole").mkdir()
    (packages / "whim_whole" / "__init__.py").touch()
    (packages / "whim_whole" / "f.txt").touch()
    assert names_refused(PackageSource("whim_whole", folder)) == reason


@pytest.mark.parametrize(("folder", "reason"), [("no", "no such file or directory"), ("f.txt", "not a directory")])
def test_a_folder_that_is_not_in_a_zipped_package_is_missing(
    folder: str, reason: str, packages: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with zipfile.ZipFile(packages / "whim.zip", "w") as archive:
        archive.writestr("whim_zipped/__init__.py", "")
        archive.writestr("whim_zipped/f.txt", "")
    monkeypatch.syspath_prepend(packages / "whim.zip")
    assert names_refused(PackageSource("whim_zipped", folder)) == reason


def test_a_link_to_a_folder_is_listed_and_cannot_be_read(packages: Path) -> None:
    (packages / "whim_links").mkdir()
    (packages / "whim_links" / "1_a.up.sql").symlink_to(packages)
    source = PackageSource("whim_links", "")
    assert source.names() == ("1_a.up.sql",)
    with pytest.raises(UnreadableFile) as caught:
        source.read("1_a.up.sql")
    assert caught.value.reason == "is a directory"
