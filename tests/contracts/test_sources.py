"""Directory, package (in a folder and in a zip file) and remote keep the contract of sources."""

from __future__ import annotations

import sys
import zipfile
from typing import TYPE_CHECKING

import fsspec  # type: ignore[import-untyped]  # it ships no types
import pytest

pytest.register_assert_rewrite("source_contract")

from source_contract import FACTS, FILE_IN_SUB_FOLDER, FILES  # noqa: E402 - its assertions are to be rewritten

from whimbrel.sources.locate import locate, path_source  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from whimbrel.sources.source import Source

FOLDER = {**FILES, FILE_IN_SUB_FOLDER: b"inside"}


def lay_out(folder: Path) -> Path:
    for name, body in FOLDER.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(body)
    return folder


def pack(path: Path, prefix: str, more: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, body in FOLDER.items():
            archive.writestr(prefix + name, body)
        for name, body in more.items():
            archive.writestr(name, body)


def package_name(folder: Path) -> str:
    """A name that no other test has imported."""
    return "pkg_" + "".join(character if character.isalnum() else "_" for character in str(folder))


def directory(folder: Path, _: pytest.MonkeyPatch) -> Source:
    return locate(f"file://{lay_out(folder)}")


def path(folder: Path, _: pytest.MonkeyPatch) -> Source:
    return path_source(str(lay_out(folder / "a b%20#?")))


def package(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Source:
    name = package_name(folder)
    lay_out(folder / name / "migrations")
    (folder / name / "__init__.py").touch()
    monkeypatch.syspath_prepend(folder)
    return locate(f"package://{name}/migrations")


def zipped_package(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Source:
    name = package_name(folder)
    pack(
        folder / "packages.zip", f"{name}/sub/migrations/", {f"{name}/__init__.py": b"", f"{name}/sub/__init__.py": b""}
    )
    monkeypatch.syspath_prepend(folder / "packages.zip")
    return locate(f"package://{name}.sub/migrations/")


def memory(folder: Path, _: pytest.MonkeyPatch) -> Source:
    for name, body in FOLDER.items():
        fsspec.filesystem("memory").pipe(f"{folder}/m/{name}", body)
    return locate(f"memory:/{folder}/m")


def zip_file(folder: Path, _: pytest.MonkeyPatch) -> Source:
    pack(folder / "migrations.zip", "m/", {})
    return locate(f"zip://m::file://{folder}/migrations.zip")


SOURCES = (directory, path, package, zipped_package, memory, zip_file)


@pytest.fixture(params=SOURCES, ids=lambda make: make.__name__)
def source(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Source]:
    make: Callable[[Path, pytest.MonkeyPatch], Source] = request.param
    yield make(tmp_path, monkeypatch)
    for name in [name for name in sys.modules if name.startswith(package_name(tmp_path))]:
        del sys.modules[name]


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.__name__)
def test_every_source_keeps_the_contract(fact: Callable[[Source], None], source: Source) -> None:
    fact(source)
