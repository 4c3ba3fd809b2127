"""How the version row is written with the rights that there are, and what the table's rows say."""

from __future__ import annotations

import pytest

from whimbrel.errors import VersionTableError
from whimbrel.ledger.progress_note import ProgressNote
from whimbrel.ledger.version_table import Place, VersionTable, comment_sql, create_sql, cut_name, write_sql
from whimbrel.migration.direction import Direction
from whimbrel.migration.state import DatabaseState

PLACE = Place("public", "schema_migrations", "app")
NAME = '"public"."schema_migrations"'
ALL = "SELECT INSERT UPDATE DELETE TRUNCATE"


def table(may: str, *versions: tuple[int, bool], comment: str = "", row: int = 0) -> VersionTable:
    return VersionTable(PLACE, exists=True, may=frozenset(may.split()), versions=versions, comment=comment, row=row)


def verbs(queries: list[str]) -> list[str]:
    return [query.partition(" ")[0] for query in queries]


@pytest.mark.parametrize(
    ("may", "versions", "expected"),
    [
        (ALL, (), ["WITH"]),
        (ALL, ((1, False),), ["WITH"]),
        (ALL, ((1, False), (2, True)), ["DELETE", "INSERT"]),
        ("SELECT INSERT UPDATE", ((1, False),), ["WITH"]),
        ("SELECT INSERT DELETE", ((1, False),), ["DELETE", "INSERT"]),
        ("SELECT INSERT TRUNCATE", ((1, False),), ["TRUNCATE", "INSERT"]),
        ("SELECT INSERT DELETE TRUNCATE", ((1, False),), ["DELETE", "INSERT"]),
        ("SELECT INSERT", (), ["INSERT"]),
        ("SELECT UPDATE", ((1, False),), ["UPDATE"]),
    ],
)
def test_the_gentlest_way_that_the_grants_allow(
    may: str, versions: tuple[tuple[int, bool], ...], expected: list[str]
) -> None:
    assert verbs(write_sql(table(may, *versions), DatabaseState(2))) == expected


@pytest.mark.parametrize(
    ("may", "versions", "expected"),
    [
        (ALL, ((1, False),), ["DELETE"]),
        ("SELECT INSERT TRUNCATE", ((1, False),), ["TRUNCATE"]),
        ("SELECT", (), []),
    ],
)
def test_no_version_is_no_row(may: str, versions: tuple[tuple[int, bool], ...], expected: list[str]) -> None:
    assert verbs(write_sql(table(may, *versions), DatabaseState())) == expected


def test_a_dirty_nil_version_is_a_row() -> None:
    [query] = write_sql(table(ALL, (1, False)), DatabaseState(-1, dirty=True))
    assert "ROW(-1, true)" in query


@pytest.mark.parametrize(
    ("may", "versions"),
    [("SELECT", ((1, False),)), ("SELECT INSERT", ((1, False),)), ("SELECT DELETE", ((1, False),)),
     ("SELECT UPDATE", ())],
)  # fmt: skip
def test_no_way_is_an_error_that_says_what_to_grant(may: str, versions: tuple[tuple[int, bool], ...]) -> None:
    with pytest.raises(VersionTableError) as refused:
        write_sql(table(may, *versions), DatabaseState(2))
    assert ", ".join(sorted(may.split())) in refused.value.message
    assert refused.value.remedy.startswith(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {NAME}")


def test_several_rows_are_shown() -> None:
    with pytest.raises(VersionTableError, match=r"several rows: 1, 2 \(dirty\)"):
        _ = table(ALL, (1, False), (2, True)).state


def test_the_state_of_no_row_and_of_one() -> None:
    assert table(ALL).state == DatabaseState()
    assert table(ALL, (3, True)).state == DatabaseState(3, dirty=True)


NOTE = ProgressNote(Direction.UP, 3, "a" * 64, 1, 2, 77, 2, 10, users="ours")


@pytest.mark.parametrize(
    ("versions", "row", "counts"),
    [(((3, True),), 77, True), (((3, True),), 78, False), (((3, False),), 77, False), ((), 77, False),
     (((3, True), (4, True)), 77, False)],
)  # fmt: skip
def test_a_note_counts_while_its_row_is_there_and_dirty(
    versions: tuple[tuple[int, bool], ...], row: int, counts: bool
) -> None:
    found = table(ALL, *versions, comment=str(NOTE), row=row)
    assert found.note == (NOTE if counts else None)
    assert found.users_comment == "ours"


def test_a_users_comment_is_no_note() -> None:
    found = table(ALL, (3, True), comment="hands off", row=77)
    assert (found.note, found.users_comment) == (None, "hands off")


def test_names_are_quoted_and_cut_as_the_server_cuts_them() -> None:
    place = Place('we"ird', "t", "app")
    assert create_sql(place).startswith('CREATE TABLE IF NOT EXISTS "we""ird"."t" (version bigint')
    assert comment_sql(place, "it's") == 'COMMENT ON TABLE "we""ird"."t" IS \'it\'\'s\''
    assert comment_sql(place, "").endswith("IS NULL")
    assert cut_name("x" * 70) == "x" * 63
    assert cut_name("ü" * 40) == "ü" * 31
    assert cut_name("short") == "short"
