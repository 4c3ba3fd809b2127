"""File names: golang-migrate's TestParse, its rules for odd names, and the names that are almost a migration's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whimbrel.errors import NumberTooLarge
from whimbrel.migration.direction import Direction
from whimbrel.migration.filename import FileName, NameProblem, parse

MIGRATIONS = [
    ("1_foobar.up.sql", 1, "foobar", Direction.UP),
    ("1_foobar.down.sql", 1, "foobar", Direction.DOWN),
    ("1_f-o_ob+ar.up.sql", 1, "f-o_ob+ar", Direction.UP),
    ("1485385885_foobar.up.sql", 1485385885, "foobar", Direction.UP),
    ("20170412214116_date_foobar.up.sql", 20170412214116, "date_foobar", Direction.UP),
    ("0001_a.up.sql", 1, "a", Direction.UP),
    ("0_a.up.sql", 0, "a", Direction.UP),
    ("1_.up.sql", 1, "", Direction.UP),
    ("1_a.up.", 1, "a", Direction.UP),
    ("1_a.b.c.up.tar.gz", 1, "a.b.c", Direction.UP),
    ("1_a.up.down.sql", 1, "a.up", Direction.DOWN),
    ("1_a.down.up.sql", 1, "a.down", Direction.UP),
    ("13_ü s.up.sql", 13, "ü s", Direction.UP),
    ("1__a.up.sql", 1, "_a", Direction.UP),
    ("9223372036854775807_a.up.sql", 2**63 - 1, "a", Direction.UP),
    (f"{'0' * 200}7_a.up.sql", 7, "a", Direction.UP),
]
ALMOST = [
    ("-1_foobar.up.sql", NameProblem.NO_NUMBER),
    ("foobar.up.sql", NameProblem.NO_NUMBER),
    ("1.up.sql", NameProblem.NO_NUMBER),
    ("1_foobar.sql", NameProblem.NO_DIRECTION),
    ("1_foobar.up", NameProblem.NO_EXTENSION),
    ("1_foobar.down", NameProblem.NO_EXTENSION),
    ("v1_a.up.sql", NameProblem.NO_NUMBER),
    (" 1_a.up.sql", NameProblem.NO_NUMBER),
    ("1-a.up.sql", NameProblem.NO_NUMBER),
    (".1_a.up.sql", NameProblem.NO_NUMBER),
    ("１_a.up.sql", NameProblem.NO_NUMBER),
    ("1_a.UP.sql", NameProblem.CASE),
    ("1_a.Down.sql", NameProblem.CASE),
    ("1_a.up.sql~", NameProblem.BACKUP),
    ("1_a.up.sql.bak", NameProblem.BACKUP),
    ("1_a.up.sql.orig", NameProblem.BACKUP),
    (".1_a.up.sql.swp", NameProblem.BACKUP),
]
OTHERS = ["README.md", "notes.txt", "up", ".gitkeep", "1_a", "1", "", "notes~", "Makefile.bak", "a.up_to_date"]


@pytest.mark.parametrize(
    ("name", "version", "title", "direction"), MIGRATIONS, ids=[row[0][-40:] for row in MIGRATIONS]
)
def test_a_migrations_name_is_taken_apart(name: str, version: int, title: str, direction: Direction) -> None:
    assert parse(name) == FileName(name, version, title, direction)


@pytest.mark.parametrize(("name", "problem"), ALMOST, ids=[row[0] for row in ALMOST])
def test_a_name_that_is_almost_a_migrations_says_what_is_wrong(name: str, problem: NameProblem) -> None:
    assert parse(name) is problem


@pytest.mark.parametrize("name", OTHERS, ids=repr)
def test_any_other_name_is_none_of_ours(name: str) -> None:
    assert parse(name) is None


@pytest.mark.parametrize("number", ["9223372036854775808", "18446744073709551616", "9" * 200])
def test_a_number_over_63_bits_is_an_error(number: str) -> None:
    with pytest.raises(NumberTooLarge) as caught:
        parse(f"{number}_a.up.sql")
    assert (caught.value.name, caught.value.number) == (f"{number}_a.up.sql", number)


def test_a_newline_at_the_end_is_no_extension() -> None:
    """Python's `$` matches before a final newline."""
    assert not isinstance(parse("1_a.up.sql\n"), FileName)


TITLES = st.text(st.characters(exclude_characters="./\0\n", exclude_categories=["Cs"]))


@given(st.integers(0, 2**63 - 1), st.integers(0, 25), TITLES, st.sampled_from(Direction))
def test_every_name_that_is_built_is_read_back(version: int, width: int, title: str, direction: Direction) -> None:
    name = f"{version:0{width}d}_{title}.{direction}.sql"
    assert parse(name) == FileName(name, version, title, direction)


@given(st.text())
def test_every_name_is_one_or_is_not(name: str) -> None:
    parsed = parse(name)
    if isinstance(parsed, FileName):
        assert parsed.name == name
        assert name.endswith(name[name.rindex(f".{parsed.direction}.") :])
    else:
        assert parsed is None or parsed in NameProblem
