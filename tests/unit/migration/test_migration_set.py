"""The ordered set: numeric order, both directions, duplicates, and names that were almost one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whimbrel.errors import DuplicateVersion, NumberTooLarge
from whimbrel.migration.direction import Direction
from whimbrel.migration.filename import NameProblem
from whimbrel.migration.migration_set import MigrationSet

if TYPE_CHECKING:
    import random

NAMES = ("1_a.up.sql", "1_a.down.sql", "3_a.up.sql", "4_a.up.sql", "4_a.down.sql", "5_a.down.sql", "7_a.up.sql")


def test_versions_are_in_numeric_order_whatever_their_width() -> None:
    names = ["10_c.up.sql", "9_b.up.sql", "0002_a.up.sql", "20170412214116_d.up.sql"]
    assert MigrationSet.from_names(names).versions == (2, 9, 10, 20170412214116)


def test_a_version_holds_its_up_and_its_down_file() -> None:
    migrations = MigrationSet.from_names(["1_make.up.sql", "01_unmake.down.txt"])
    up, down = migrations[1].file(Direction.UP), migrations[1].file(Direction.DOWN)
    assert up is not None
    assert down is not None
    assert (up.title, down.title) == ("make", "unmake")


def test_a_direction_may_be_absent() -> None:
    migrations = MigrationSet.from_names(NAMES)
    assert migrations[3].file(Direction.DOWN) is None
    assert migrations[5].file(Direction.UP) is None


def test_versions_before_and_after() -> None:
    migrations = MigrationSet.from_names(NAMES)
    assert migrations.before(4) == (1, 3)
    assert migrations.after(4) == (5, 7)
    assert (migrations.before(1), migrations.after(7)) == ((), ())
    assert (migrations.before(6), migrations.after(6)) == ((1, 3, 4, 5), (7,))
    assert (migrations.before(-1), migrations.after(-1)) == ((), (1, 3, 4, 5, 7))


def test_a_version_without_file_is_not_in_the_set() -> None:
    migrations = MigrationSet.from_names(NAMES)
    assert [version in migrations for version in range(8)] == [False, True, False, True, True, True, False, True]


def test_there_may_be_none() -> None:
    assert MigrationSet.from_names([]).versions == ()


@pytest.mark.parametrize(
    ("names", "name", "other"),
    [
        (["1_foo.up.sql", "1_bar.up.sql"], "1_foo.up.sql", "1_bar.up.sql"),
        (["1_a.up.sql", "1_a.down.sql", "01_b.down.sql"], "1_a.down.sql", "01_b.down.sql"),
        (["1_a.up.sql", "1_a.up.txt"], "1_a.up.txt", "1_a.up.sql"),
    ],
)
def test_two_files_of_one_version_and_direction_are_refused_by_the_later_name(
    names: list[str], name: str, other: str
) -> None:
    with pytest.raises(DuplicateVersion) as caught:
        MigrationSet.from_names(names)
    assert (caught.value.name, caught.value.other) == (name, other)


def test_a_number_over_63_bits_is_refused() -> None:
    with pytest.raises(NumberTooLarge):
        MigrationSet.from_names(["1_a.up.sql", "9223372036854775808_b.up.sql"])


def test_names_that_were_almost_one_are_kept_with_what_is_wrong() -> None:
    migrations = MigrationSet.from_names(["1_a.up.sql", "1_a.up.sql~", "2_b.UP.sql", "README.md"])
    assert migrations.versions == (1,)
    assert migrations.almost == (("1_a.up.sql~", NameProblem.BACKUP), ("2_b.UP.sql", NameProblem.CASE))


@given(st.sets(st.integers(0, 2**63 - 1)), st.randoms(use_true_random=False))
def test_the_order_of_names_makes_no_difference(versions: set[int], shuffler: random.Random) -> None:
    names = [f"{version}_a.up.sql" for version in versions]
    shuffler.shuffle(names)
    assert MigrationSet.from_names(names).versions == tuple(sorted(versions))


@given(st.sets(st.integers(0, 50)), st.integers(-1, 51))
def test_before_the_version_itself_and_after_make_the_whole(versions: set[int], version: int) -> None:
    migrations = MigrationSet.from_names([f"{v}_a.up.sql" for v in versions])
    itself = (version,) if version in migrations else ()
    assert migrations.before(version) + itself + migrations.after(version) == migrations.versions
