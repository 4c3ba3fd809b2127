"""A directory's files are paired by number, and those that are no migrations are left alone."""

from __future__ import annotations

import pytest

from whimbrel.findings.severity import Severity
from whimbrel.lint.context import Target
from whimbrel.lint.directory import in_order
from whimbrel.lint.linter import Linter
from whimbrel.lint.rule import Selection, entries

SQL = b"CREATE INDEX i ON t (a);"


def chosen(*names: str) -> Selection:
    return Selection(entry for entry in entries() if entry.name in names)


def test_down_files_of_one_number_find_the_up_file_of_their_title() -> None:
    names = ("1_a.up.sql", "1_b.up.sql", "1_b.down.sql", "01_c.down.sql")
    pairs = {file.name: file.pair.name for file in in_order((name, name, b"") for name in names) if file.pair}
    assert pairs["1_b.down.sql"] == "1_b.up.sql"
    assert pairs["1_b.up.sql"] == "1_b.down.sql"
    assert pairs["01_c.down.sql"] == "1_a.up.sql"


def test_statements_of_a_backup_are_not_looked_at() -> None:
    files = in_order((name, name, SQL) for name in ("1_a.up.sql", "1_a.up.sql.bak"))
    seen = Linter(chosen("index-not-concurrent")).directory(files)
    assert [one.file.name for one in seen] == ["1_a.up.sql"]


def test_a_backup_is_an_error_for_golang_migrate_which_runs_it() -> None:
    for target, severity in ((Target.WHIMBREL, Severity.WARNING), (Target.GOLANG_MIGRATE, Severity.ERROR)):
        files = in_order((name, name, SQL) for name in ("1_a.up.sql", "1_a.up.sql~"))
        seen = Linter(chosen("almost-migration"), target=target).directory(files)
        assert [one.finding().severity for one in seen] == [severity]


def test_a_down_file_is_judged_where_its_up_file_is_only_read() -> None:
    texts = {"1_a.up.sql": b"CREATE TABLE t (a int);", "1_a.down.sql": b"DROP TABLE IF EXISTS u;"}
    files = in_order((name, name, text) for name, text in texts.items())
    files[0].linted = False
    seen = Linter(chosen("down-leaves-objects")).directory(files)
    assert [one.found.message for one in seen] == ["it leaves table t of 1_a.up.sql"]


def test_a_finding_of_the_directory_can_be_suppressed_in_its_file() -> None:
    head = b"-- whimbrel: ignore-file[duplicate-version] the other one never ran\n"
    files = in_order((name, name, text) for name, text in (("1_a.up.sql", SQL), ("1_b.up.sql", head + SQL)))
    assert Linter(chosen("duplicate-version", "unused-suppression")).directory(files) == []


def test_files_of_other_runners_come_by_number() -> None:
    names = (
        "V2__b.sql", "V10__d.sql", "V1__a.sql", "V2.1__c.sql", "R__views.sql", "3_x.sql", "20_y.sql", "U2__b.sql",
        "first.sql", "V0004.Down.down.sql", "V0004.Down.up.sql", "99999999999999999999_z.down.sql",
        "99999999999999999999_z.up.sql",
    )  # fmt: skip
    files = in_order((name, name, b"") for name in names)
    assert [file.name for file in files] == [
        "V1__a.sql", "V2__b.sql", "U2__b.sql", "V2.1__c.sql", "3_x.sql", "V10__d.sql", "20_y.sql",
        "99999999999999999999_z.up.sql", "99999999999999999999_z.down.sql", "R__views.sql", "V0004.Down.up.sql",
        "V0004.Down.down.sql", "first.sql",
    ]  # fmt: skip
    pairs = {file.name: file.pair.name for file in files if file.is_down and file.pair}
    assert pairs == {
        "U2__b.sql": "V2__b.sql",
        "V0004.Down.down.sql": "V0004.Down.up.sql",
        "99999999999999999999_z.down.sql": "99999999999999999999_z.up.sql",
    }


def test_a_down_file_of_another_runner_changes_nothing_for_the_next_file() -> None:
    texts = {
        "V1__a.sql": b"CREATE TABLE t (a int);",
        "U1__a.sql": b"DROP TABLE t;",
        "V2__b.sql": b"CREATE INDEX CONCURRENTLY i ON t (a); CREATE INDEX j ON t (a);",
    }
    files = in_order((name, name, text) for name, text in texts.items())
    seen = Linter(chosen("redundant-index", "drop-table")).directory(files)
    assert [(one.file.name, one.card.name) for one in seen] == [("V2__b.sql", "redundant-index")]


@pytest.mark.parametrize(
    ("names", "order", "newest"),
    [
        (["1_a.up.sql", "2_b.sql", "3_c.up.sql"], ["1_a.up.sql", "2_b.sql", "3_c.up.sql"], ["3_c.up.sql"]),
        (["1_a.up.sql", "2_b.sql", "x.sql"], ["1_a.up.sql", "2_b.sql", "x.sql"], []),
        (
            ["1_a.up.sql", "1_a.down.sql", "2_b.sql", "3_c.up.sql"],
            ["1_a.up.sql", "1_a.down.sql", "3_c.up.sql", "2_b.sql"],
            ["3_c.up.sql"],
        ),
    ],
)
def test_plain_files_are_put_among_migrations_where_none_has_a_down_file(
    names: list[str], order: list[str], newest: list[str]
) -> None:
    files = in_order((name, name, b"") for name in reversed(names))
    assert [file.path for file in files] == order
    assert [file.path for file in files if file.newest] == newest
