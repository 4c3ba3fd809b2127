"""Sources through fsspec: what it does not know, what is not installed, and passwords."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import fsspec  # type: ignore[import-untyped]  # it ships no types
import pytest

from whimbrel.errors import BadSourceUrl, SourceError, SourceMissing
from whimbrel.sources.locate import locate
from whimbrel.sources.remote import SCHEMES, RemoteSource, without_password

if TYPE_CHECKING:
    from pathlib import Path

WITHOUT_FSSPEC = """
import sys
sys.modules["fsspec"] = None
from whimbrel.errors import WhimbrelError
from whimbrel.sources.locate import locate
try:
    locate(sys.argv[1])
except WhimbrelError as error:
    print(type(error).__name__, error.message, error.remedy, sep="|")
"""


def without_fsspec(url: str) -> list[str]:
    command = [sys.executable, "-c", WITHOUT_FSSPEC, url]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip().split("|")


def missing(source: RemoteSource) -> str:
    with pytest.raises(SourceMissing) as caught:
        source.names()
    assert caught.value.path == source.url
    return caught.value.reason


def memory(path: str) -> RemoteSource:
    return RemoteSource.from_url(f"memory:/{path}", "memory")


def test_a_scheme_that_fsspec_does_not_know_is_an_unknown_driver() -> None:
    with pytest.raises(BadSourceUrl) as caught:
        locate("NoSuch://x")
    assert caught.value.reason == "source driver: unknown driver 'nosuch' (forgotten import?)"
    assert caught.value.url == "NoSuch://x"


def test_without_fsspec_a_remote_scheme_says_what_to_install() -> None:
    kind, message, remedy = without_fsspec("s3://bucket/m")
    assert kind == "SourceError"
    assert message == "cannot open the source s3://bucket/m: fsspec is not installed"
    assert remedy == "pip install 'whimbrel[remote]'"


def test_without_fsspec_any_other_scheme_is_an_unknown_driver() -> None:
    kind, message, _ = without_fsspec("nosuch://x")
    assert kind == "BadSourceUrl"
    assert message.endswith("source driver: unknown driver 'nosuch' (forgotten import?)")


def test_a_library_that_fsspec_needs_and_that_is_missing_is_named() -> None:
    with pytest.raises(SourceError) as caught:
        locate("dbfs://user:secret@host/m")
    assert "requests" in caught.value.message
    assert "secret" not in caught.value.message
    assert caught.value.remedy


def test_all_schemes_that_are_named_are_fsspecs() -> None:
    assert set(SCHEMES) <= set(fsspec.available_protocols())


def test_a_folder_that_is_not_there_is_missing(tmp_path: Path) -> None:
    assert missing(memory(f"{tmp_path}/no")) == "no such file or directory"


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    fsspec.filesystem("memory").pipe(f"{tmp_path}/f.sql", b"")
    assert missing(memory(f"{tmp_path}/f.sql")) == "not a directory"


def test_a_folder_with_one_file_is_a_folder(tmp_path: Path) -> None:
    fsspec.filesystem("memory").pipe(f"{tmp_path}/f/f", b"")
    assert memory(f"{tmp_path}/f").names() == ("f",)


def test_the_root_of_a_zip_file_is_a_folder(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "m.zip", "w") as archive:
        archive.writestr("1_a.up.sql", "x")
        archive.writestr("sub/2_b.up.sql", "x")
    source = locate(f"zip://::file://{tmp_path}/m.zip")
    assert source.names() == ("1_a.up.sql",)
    assert source.read("1_a.up.sql") == b"x"


def test_a_file_that_comes_later_is_seen(tmp_path: Path) -> None:
    fsspec.filesystem("memory").pipe(f"{tmp_path}/m/1_a.up.sql", b"")
    source = memory(f"{tmp_path}/m")
    assert source.names() == ("1_a.up.sql",)
    fsspec.filesystem("memory").pipe(f"{tmp_path}/m/2_b.up.sql", b"")
    assert source.names() == ("1_a.up.sql", "2_b.up.sql")


def test_words_that_fsspec_cannot_use_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSourceUrl) as caught:
        locate(f"zip://m::file://{tmp_path}/missing.zip")
    assert caught.value.reason == "no such file or directory"


@pytest.mark.parametrize(
    ("text", "scheme", "shown"),
    [
        ("sftp://user:secret@host/m", "sftp", "sftp://user:***@host/m"),
        ("sftp://user:s@e/c:r#e?t@host/m", "sftp", "sftp://user:***@host/m"),
        ("zip://m::sftp://user:secret@host/m.zip", "zip", "zip://m::sftp://user:***@host/m.zip"),
        ("sftp://user@host:22/m", "sftp", "sftp://user@host:22/m"),
        ("s3://bucket/m", "s3", "s3://bucket/m"),
        ("github://owner:repository@main/m", "github", "github://owner:repository@main/m"),
    ],
)
def test_a_password_is_not_shown(text: str, scheme: str, shown: str) -> None:
    assert without_password(text, scheme) == shown
