"""`migrate create`: golang-migrate's TestTimeVersion and TestCreateCmd, and what they leave out."""

from __future__ import annotations

from contextlib import chdir
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from whimbrel.cli.go_create import create, time_version
from whimbrel.cli.go_usage import DEFAULT_LAYOUT
from whimbrel.errors import CreateError

if TYPE_CHECKING:
    from pathlib import Path

CHRISTMAS = 977702462_003456789
"""2000-12-25 00:01:02.003456789 UTC, in nanoseconds since 1970."""


@pytest.mark.parametrize(
    ("layout", "version"),
    [
        ("unix", "977702462"),
        ("unixNano", "977702462003456789"),
        ("20060102150405", "20001225000102"),
        ("garbage", "garbage"),
        ("20060102150405.000000", "20001225000102.003456"),
    ],
)
def test_a_moment_becomes_a_version(layout: str, version: str) -> None:
    assert time_version(CHRISTMAS, layout, UTC) == version


def test_an_empty_layout_is_refused() -> None:
    with pytest.raises(CreateError, match=r"^Time format may not be empty$"):
        time_version(CHRISTMAS, "", UTC)


def test_the_layout_is_written_in_the_zone_and_unix_time_is_not() -> None:
    zone = ZoneInfo("Asia/Kolkata")
    assert time_version(CHRISTMAS, DEFAULT_LAYOUT, zone) == "20001225053102"
    assert time_version(CHRISTMAS, "unix", zone) == "977702462"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A row of golang-migrate's TestCreateCmd; paths are relative to an empty folder."""

    id: str
    folders: tuple[str, ...] = ()
    cwd: str = "."
    files: tuple[str, ...] = ()
    makes: tuple[str, ...] = ()
    error: str = ""
    directory: str = "."
    layout: str = DEFAULT_LAYOUT
    digits: int | None = None
    name: str = "name"


PAIR = ("0001_name.up.sql", "0001_name.down.sql")
PAIR_BELOW = ("subdir/0001_name.up.sql", "subdir/0001_name.down.sql")


def pairs(version: str) -> tuple[str, ...]:
    return (f"{version}_name.up.sql", f"{version}_name.down.sql")


ROWS = [
    Case(id="seq and format", layout="unix", digits=4, error="The seq and format options are mutually exclusive"),
    Case(id="dot", digits=4, makes=PAIR),
    Case(id="dot slash", digits=4, directory="./", makes=PAIR),
    Case(id="double dot", digits=4, directory="..", makes=PAIR, folders=("subdir",), cwd="subdir"),
    Case(id="double dot slash", digits=4, directory="../", makes=PAIR, folders=("subdir",), cwd="subdir"),
    Case(id="absolute", digits=4, directory="/subdir", makes=PAIR_BELOW, folders=("subdir",)),
    Case(id="absolute slash", digits=4, directory="/subdir/", makes=PAIR_BELOW, folders=("subdir",)),
    Case(id="relative", digits=4, directory="subdir", makes=PAIR_BELOW, folders=("subdir",)),
    Case(id="relative slash", digits=4, directory="subdir/", makes=PAIR_BELOW, folders=("subdir",)),
    Case(id="dot relative", digits=4, directory="./subdir", makes=PAIR_BELOW, folders=("subdir",)),
    Case(id="dot relative slash", digits=4, directory="./subdir/", makes=PAIR_BELOW, folders=("subdir",)),
    Case(id="parent", digits=4, directory="../subdir", makes=PAIR_BELOW, folders=("subdir",), cwd="subdir"),
    Case(id="parent slash", digits=4, directory="../subdir/", makes=PAIR_BELOW, folders=("subdir",), cwd="subdir"),
    Case(id="maze", digits=4, directory="..//subdir/./.././/subdir/..", makes=PAIR, folders=("subdir",), cwd="subdir"),
    Case(id="no width", digits=0, error="Digits must be positive"),
    Case(id="malformed", digits=4, files=("bad.sql",), error="Malformed migration filename: bad.sql"),
    Case(
        id="no number",
        digits=4,
        files=("bad_bad.sql",),
        error='strconv.ParseUint: parsing "bad": invalid syntax',
    ),
    Case(
        id="negative",
        digits=4,
        files=("-5_negative.sql",),
        error='strconv.ParseUint: parsing "-5": invalid syntax',
    ),
    Case(
        id="increment",
        digits=4,
        files=("3_three.sql", "4_four.sql"),
        name="five",
        makes=("0005_five.up.sql", "0005_five.down.sql"),
    ),
    Case(
        id="overflow",
        digits=1,
        files=("9_nine.sql",),
        error="Next sequence number 10 too large. At most 1 digits are allowed",
    ),
    Case(id="empty layout", layout="", error="Time format may not be empty"),
    Case(id="unix", layout="unix", makes=pairs("977702462")),
    Case(id="unixNano", layout="unixNano", makes=pairs("977702462003456789")),
    Case(id="layout", makes=pairs("20001225000102")),
    Case(id="collision", layout="20060102", files=pairs("20001225"), error="duplicate migration version: 20001225"),
    Case(
        id="no directory's name",
        layout="unix",
        files=("file",),
        directory="'test: this is invalid dir name'\0",
        error="mkdir 'test: this is invalid dir name'\0: invalid argument",
    ),
]


@pytest.mark.parametrize("case", ROWS, ids=[case.id for case in ROWS])
def test_golang_migrates_own_table(case: Case, tmp_path: Path) -> None:
    for folder in case.folders:
        (tmp_path / folder).mkdir()
    for file in case.files:
        (tmp_path / file).touch()
    directory = f"{tmp_path}{case.directory}" if case.directory.startswith("/") else case.directory
    with chdir(tmp_path / case.cwd):
        if case.error:
            with pytest.raises(CreateError) as caught:
                make(case, directory)
            assert caught.value.message == case.error
        else:
            assert make(case, directory) == tuple(str(tmp_path / name) for name in case.makes)
    assert files_below(tmp_path) == sorted(case.files + case.makes)


def make(case: Case, directory: str) -> tuple[str, str]:
    return create(directory, case.name, "sql", layout=case.layout, zone=UTC, nanoseconds=CHRISTMAS, digits=case.digits)


def files_below(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_the_default_layout_may_be_given_with_numbers(tmp_path: Path) -> None:
    made = create(str(tmp_path), "a", "sql", layout="20060102150405", zone=UTC, nanoseconds=CHRISTMAS, digits=6)
    assert made == (str(tmp_path / "000001_a.up.sql"), str(tmp_path / "000001_a.down.sql"))
