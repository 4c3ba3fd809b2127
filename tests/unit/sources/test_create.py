"""New files: golang-migrate's TestNextSeqVersion, the recorded runs of `create`, and where we differ on purpose."""

from __future__ import annotations

import os
from contextlib import chdir
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whimbrel.errors import CreateError, NumberTooLarge
from whimbrel.migration.migration_set import MigrationSet
from whimbrel.sources.create import create_pair, next_sequence, next_version, sequence_after

NOT_A_NUMBER = 'strconv.ParseUint: parsing "{}": invalid syntax'
TOO_LARGE = "Next sequence number {} too large. At most {} digits are allowed"

NUMBERED: list[tuple[list[str], int, str]] = [
    ([], 1, "1"),
    (["3_test", "4_test"], 1, "5"),
    ([], 6, "000001"),
    (["000003_test", "000004_test"], 6, "000005"),
    (["/migrationDir/000001_test"], 6, "000002"),
    (["migrationDir/000001_test"], 6, "000002"),
    (["./migrationDir/000001_test"], 6, "000002"),
    (["../migrationDir/000001_test"], 6, "000002"),
    (["000001_test"], 6, "000002"),
]
REFUSED: list[tuple[list[str], int, str]] = [
    ([], 0, "Digits must be positive"),
    (["bad"], 1, "Malformed migration filename: bad"),
    (["bad_bad"], 1, NOT_A_NUMBER.format("bad")),
    (["-5_test"], 1, NOT_A_NUMBER.format("-5")),
    (["9_test"], 1, TOO_LARGE.format(10, 1)),
    (["bad"], 6, "Malformed migration filename: bad"),
    (["bad_bad"], 6, NOT_A_NUMBER.format("bad")),
    (["-000005_test"], 6, NOT_A_NUMBER.format("-000005")),
    (["999999_test"], 6, TOO_LARGE.format(1000000, 6)),
    (["m/_x.sql"], 6, "Malformed migration filename: m/_x.sql"),
    (["000001_a.sql", "readme.sql"], 6, "Malformed migration filename: readme.sql"),
    (["000001_a.sql", "zzz_readme.sql"], 6, NOT_A_NUMBER.format("zzz")),
    (["20261122132032_a.up.sql"], 6, TOO_LARGE.format(20261122132033, 6)),
    (["9223372036854775807_a.up.sql"], 30, TOO_LARGE.format("9223372036854775808".zfill(30), 30)),
]
NOW = datetime(2026, 11, 22, 13, 4, 29, tzinfo=UTC)


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).touch()


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize(("paths", "digits", "version"), NUMBERED, ids=str)
def test_the_next_number_is_golang_migrates(paths: list[str], digits: int, version: str) -> None:
    assert sequence_after(paths, digits) == version


@pytest.mark.parametrize(("paths", "digits", "message"), REFUSED, ids=str)
def test_there_is_no_next_number(paths: list[str], digits: int, message: str) -> None:
    with pytest.raises(CreateError) as caught:
        sequence_after(paths, digits)
    assert caught.value.message == message


def test_the_highest_number_counts_not_the_last_in_the_alphabet(tmp_path: Path) -> None:
    """golang-migrate takes `9_z`, makes `000010_n`, and the next `up` fails because of `10_y`."""
    touch(tmp_path, "7_x.up.sql", "9_z.up.sql", "10_y.up.sql")
    assert next_sequence(str(tmp_path), "sql", 6) == "000011"


def test_a_gap_is_not_filled(tmp_path: Path) -> None:
    touch(tmp_path, "1_a.up.sql", "5_b.up.sql")
    assert next_sequence(str(tmp_path), "sql", 6) == "000006"


def test_only_files_of_the_extension_count(tmp_path: Path) -> None:
    touch(tmp_path, "5_a.up.txt", "2_b.up.sql")
    assert next_sequence(str(tmp_path), "sql", 6) == "000003"


@pytest.mark.parametrize("name", ["w[4]", "w*", "w?", "{a,b}", "[", "~"])
def test_the_directorys_name_is_no_pattern(name: str, tmp_path: Path) -> None:
    """golang-migrate finds nothing in `w[4]` and makes 000001 again."""
    directory = tmp_path / name
    directory.mkdir()
    touch(directory, "000001_a.up.sql")
    assert next_sequence(str(directory), "sql", 6) == "000002"
    with pytest.raises(CreateError, match=r"^duplicate migration version: 000001$"):
        create_pair(str(directory), "000001", "n", "sql")


@given(st.sets(st.integers(0, 10**7), max_size=20))
def test_no_new_number_can_meet_an_old_one(numbers: set[int]) -> None:
    names = sorted(f"{number}_a.up.sql" for number in numbers)
    new = sequence_after(names, 8)
    assert int(new) > max(numbers, default=0)
    assert len(new) == 8
    MigrationSet.from_names([*names, f"{new}_a.up.sql"])


def test_a_pair_of_empty_files_is_made(tmp_path: Path) -> None:
    made = create_pair(str(tmp_path), "000001", "users", "sql")
    assert made == (str(tmp_path / "000001_users.up.sql"), str(tmp_path / "000001_users.down.sql"))
    assert [Path(path).stat().st_size for path in made] == [0, 0]
    assert names_in(tmp_path) == ["000001_users.down.sql", "000001_users.up.sql"]


def test_paths_are_absolute_and_clean(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    with chdir(tmp_path / "x"):
        assert create_pair("..//y/./", "1", "a", "sql")[0] == str(tmp_path / "y" / "1_a.up.sql")
        assert create_pair("", "1", "a", "sql")[0] == str(tmp_path / "x" / "1_a.up.sql")


def test_directories_are_made(tmp_path: Path) -> None:
    create_pair(str(tmp_path / "x/y/z"), "000001", "a", "sql")
    assert names_in(tmp_path / "x/y/z") == ["000001_a.down.sql", "000001_a.up.sql"]


@pytest.mark.parametrize(
    ("extension", "name"),
    [("sql", "1_a.up.sql"), (".sql", "1_a.up.sql"), ("..sql", "1_a.up..sql"), ("tar.gz", "1_a.up.tar.gz")],
)
def test_one_leading_dot_of_the_extension_is_taken_off(extension: str, name: str, tmp_path: Path) -> None:
    assert Path(create_pair(str(tmp_path), "1", "a", extension)[0]).name == name


@pytest.mark.parametrize("title", ["", "two words", "ü", "a.b"])
def test_the_title_is_not_cleaned(title: str, tmp_path: Path) -> None:
    made = create_pair(str(tmp_path), "1", title, "sql")
    assert [Path(path).name for path in made] == [f"1_{title}.up.sql", f"1_{title}.down.sql"]


@pytest.mark.parametrize("taken", ["000001_b.up.sql", "000001_b.sql", "1_b.up.sql", "01_.down.sql"])
def test_a_version_that_is_taken_is_refused(taken: str, tmp_path: Path) -> None:
    touch(tmp_path, taken)
    with pytest.raises(CreateError) as caught:
        create_pair(str(tmp_path), "000001", "a", "sql")
    assert caught.value.message == "duplicate migration version: 000001"
    assert names_in(tmp_path) == [taken]


def test_a_title_with_a_slash_names_a_missing_directory(tmp_path: Path) -> None:
    with chdir(tmp_path), pytest.raises(CreateError) as caught:
        create_pair("m", "000002", "a/b", "sql")
    assert caught.value.message == "open m/000002_a/b.up.sql: no such file or directory"


@pytest.mark.parametrize("directory", ["f", "f/", "f/sub", "./f/sub/sub"])
def test_a_file_is_no_directory(directory: str, tmp_path: Path) -> None:
    touch(tmp_path, "f")
    with chdir(tmp_path), pytest.raises(CreateError) as caught:
        create_pair(directory, "1", "a", "sql")
    assert caught.value.message == "mkdir f: not a directory"


def test_a_link_that_leads_nowhere_is_no_directory(tmp_path: Path) -> None:
    (tmp_path / "l").symlink_to("nowhere")
    with chdir(tmp_path), pytest.raises(CreateError) as caught:
        create_pair("l", "1", "a", "sql")
    assert caught.value.message == "mkdir l: file exists"


def test_the_first_file_stays_and_is_told_of_when_the_second_cannot_be_made(tmp_path: Path) -> None:
    longest = os.pathconf(tmp_path, "PC_NAME_MAX")
    title = "x" * (longest - len("1_.up.sql"))
    with pytest.raises(CreateError, match=r": file name too long$") as caught:
        create_pair(str(tmp_path), "1", title, "sql")
    assert caught.value.created == (str(tmp_path / f"1_{title}.up.sql"),)
    assert names_in(tmp_path) == [f"1_{title}.up.sql"]


@pytest.mark.parametrize(
    ("names", "version"),
    [
        ([], "000001"),
        (["000001_a.up.sql", "000002_b.up.sql"], "000003"),
        (["0009_a.up.sql"], "0010"),
        (["9_a.up.sql"], "10"),
        (["9_a.up.sql", "10_b.up.sql"], "11"),
        (["999999_a.up.sql"], "1000000"),
        (["000001_a.up.sql", "20250101000000_b.up.sql"], "20261122130429"),
        (["20261122130429_b.up.sql"], "20261122130430"),
        (["20991231235959_ahead.up.sql"], "20991231235960"),
        (["1485385885_old.up.sql"], "1795352669"),
        (["000004_a.down.sql", "readme.sql", "seed.sql", "zzz_x.sql"], "000005"),
        (["000004_a.up.SQL", "000005_b.up.pgsql"], "000006"),
    ],
    ids=str,
)
def test_the_next_version_goes_on_in_the_style_of_the_highest(names: list[str], version: str, tmp_path: Path) -> None:
    touch(tmp_path, *names)
    assert next_version(str(tmp_path), NOW) == version


def test_a_missing_directory_begins_with_one(tmp_path: Path) -> None:
    assert next_version(str(tmp_path / "new"), NOW) == "000001"


def test_there_is_no_version_above_the_largest(tmp_path: Path) -> None:
    touch(tmp_path, "9223372036854775807_a.up.sql")
    with pytest.raises(CreateError, match=r"there is no version above 9223372036854775807_a\.up\.sql$"):
        next_version(str(tmp_path), NOW)
    touch(tmp_path, "9223372036854775808_a.up.sql")
    with pytest.raises(NumberTooLarge):
        next_version(str(tmp_path), NOW)
