"""URL or path to source, with golang-migrate's texts for what cannot be one."""

from __future__ import annotations

import subprocess
import sys
from contextlib import chdir
from pathlib import Path

import pytest

from whimbrel.errors import BadSourceUrl, SourceError, SourceMissing
from whimbrel.sources.directory import DirectorySource
from whimbrel.sources.locate import check_scheme, locate, path_source
from whimbrel.sources.package import PackageSource
from whimbrel.sources.remote import RemoteSource

SRC = Path(__file__).parents[3] / "src"


@pytest.mark.parametrize(
    ("url", "message"),
    [("", "URL cannot be empty"), ("migrations", "no scheme"), (":x", "no scheme"), ("./migrations", "no scheme")],
)
def test_a_url_without_scheme_is_refused(url: str, message: str) -> None:
    with pytest.raises(SourceError) as caught:
        check_scheme(url)
    assert caught.value.message == message


@pytest.mark.parametrize("url", ["file://m", "a:b", "nosuch://x"])
def test_any_scheme_passes_the_first_look(url: str) -> None:
    check_scheme(url)


@pytest.mark.parametrize(
    "url", ["file://m", "file://./m", "file:m", "file:./m", "FILE://m", "file://m?x#y", "file://%25/../m"]
)
def test_a_relative_file_url_starts_at_the_current_folder(url: str, tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "%").mkdir()
    (tmp_path / "m" / "1_a.up.sql").touch()
    with chdir(tmp_path):
        source = locate(url)
    assert source.names() == ("1_a.up.sql",)
    assert source.url == url


@pytest.mark.parametrize("url", ["file://", "file:", "file://."])
def test_an_empty_file_url_is_the_current_folder(url: str, tmp_path: Path) -> None:
    (tmp_path / "1_a.up.sql").touch()
    with chdir(tmp_path):
        source = locate(url)
    assert source.names() == ("1_a.up.sql",)


def test_an_absolute_file_url_is_decoded(tmp_path: Path) -> None:
    (tmp_path / "a b").mkdir()
    (tmp_path / "a b" / "1_a.up.sql").touch()
    assert locate(f"file://{tmp_path}/a%20b").names() == ("1_a.up.sql",)


@pytest.mark.parametrize("name", ["p%20q", "my dir", "a#b", "a?b", "a:b", "é", "w[4]", "~", "user@host", "%zz"])
def test_a_path_is_a_path(name: str, tmp_path: Path) -> None:
    """golang-migrate reads it as a URL, and finds none of these."""
    (tmp_path / name).mkdir()
    (tmp_path / name / "1_a.up.sql").touch()
    with chdir(tmp_path):
        source = path_source(name)
    assert source.names() == ("1_a.up.sql",)
    assert source.url == f"file://{name}"


def test_a_directory_that_is_not_there_fails_when_it_is_listed(tmp_path: Path) -> None:
    """The door prints `failed to open source, "URL": open .: REASON`."""
    source = locate(f"file://{tmp_path}/none")
    with pytest.raises(SourceMissing) as caught:
        source.names()
    assert source.url == f"file://{tmp_path}/none"
    assert caught.value.reason == "no such file or directory"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("file://p%20q", 'parse "file://p%20q": invalid URL escape "%20"'),
        ("file://my dir", 'parse "file://my dir": invalid character " " in host name'),
        ("1x://y", 'parse "1x://y": first path segment in URL cannot contain colon'),
        ("/x:y", "source driver: invalid URL scheme"),
        ("nosuch://x", "source driver: unknown driver 'nosuch' (forgotten import?)"),
    ],
)
def test_a_url_that_means_no_source_says_why_in_golang_migrates_words(url: str, reason: str) -> None:
    with pytest.raises(BadSourceUrl) as caught:
        locate(url)
    assert caught.value.reason == reason
    assert caught.value.url == url


def test_the_scheme_chooses_the_source() -> None:
    assert isinstance(locate("file://m"), DirectorySource)
    assert isinstance(locate("Package://app/m"), PackageSource)
    assert isinstance(locate("memory://m"), RemoteSource)


def test_a_local_directory_costs_no_import_that_it_does_not_need() -> None:
    code = (
        "import sys; from whimbrel.sources.locate import path_source; path_source('.').names();"
        "print(*sorted({'fsspec', 'importlib.resources', 'zoneinfo', 'datetime'} & set(sys.modules)))"
    )
    command = [sys.executable, "-S", "-c", f"import sys; sys.path.insert(0, {str(SRC)!r}); {code}"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == ""
