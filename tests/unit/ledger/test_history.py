"""What the journal knows of a database."""

from __future__ import annotations

import pytest

from whimbrel.ledger.history import Entry, Known, _known, create_sql, history_name, insert_sql
from whimbrel.ledger.version_table import Place

PLACE = Place("my schema", "schema_migrations", "app")


@pytest.mark.parametrize(
    ("rows", "version", "unknown"),
    [
        ([(-1, "")], -1, []),
        ([(3, "")], 3, []),
        ([(-1, ""), (1, "up"), (4, "up")], 4, [2, 3]),
        ([(2, ""), (4, "up")], 4, [3]),
        ([(-1, ""), (1, "up"), (2, "up"), (2, "down"), (3, "up")], 3, [2]),
        ([(5, ""), (5, "down"), (6, "up")], 6, [5]),
        ([(-1, ""), (1, "up"), (3, "down")], 1, []),
        ([(-1, ""), (1, "up")], 3, []),
        ([(3, "")], 4, []),
        ([(-1, ""), (2, "up"), (2, "down")], 4, []),
        ([], -1, []),
    ],
)
def test_versions_that_were_never_applied(rows: list[tuple[int, str]], version: int, unknown: list[int]) -> None:
    known = _known(rows, version)
    assert [found for found in range(1, version + 1) if found not in known] == unknown


def test_nothing_but_a_version_is_known() -> None:
    assert "1" not in Known(5)
    assert 5 in Known(5)


@pytest.mark.parametrize("table", ["schema_migrations", "x" * 63, "ü" * 31, "x" * 56])
def test_the_journals_name_fits_and_differs_from_the_tables(table: str) -> None:
    name = history_name(Place("s", table, "app"))
    quoted = name.removeprefix('"s".')
    assert len(quoted.strip('"').encode()) <= 63
    assert quoted.endswith('_history"')
    assert quoted != f'"{table}"'


def test_names_and_texts_are_quoted() -> None:
    query = insert_sql(PLACE, Entry(1, "it's \\ a title", "up", "transaction", "abc", 2, "applied"))
    assert query.startswith('INSERT INTO "my schema"."schema_migrations_history" (')
    assert "E'it''s \\\\ a title'" in query
    assert "transaction_timestamp()" in query
    timed = insert_sql(PLACE, Entry(1, "", "up", "units", "", 2, "applied", took_s=1.5))
    assert "make_interval(secs => 1.500000)" in timed


def test_the_first_row_says_where_the_journal_begins() -> None:
    make, begin = create_sql(PLACE, 7)
    assert make.startswith('CREATE TABLE IF NOT EXISTS "my schema"."schema_migrations_history" (')
    assert "VALUES (7, " in begin
    assert "'begun'" in begin
