"""Does `whimbrel locks` tell what each statement does, for people and for programs?"""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from replay import WHIMBREL

if TYPE_CHECKING:
    from pathlib import Path

CHANGE = "alter table orders add column a int;\n\ncreate index concurrently on orders (a);\n"


def locks(*words: object, cwd: Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*WHIMBREL, "locks", *map(str, words)], cwd=cwd, input=stdin, capture_output=True, check=False
    )


def told(*words: object, cwd: Path, stdin: bytes = b"") -> list[dict[str, Any]]:
    done = locks("--json", *words, cwd=cwd, stdin=stdin)
    assert done.returncode == 0, done.stderr.decode()
    found: list[dict[str, Any]] = json.loads(done.stdout)["statements"]
    return found


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "000001_users.up.sql").write_text("create table users (id int primary key);")
    (folder / "000001_users.down.sql").write_text("drop table users;")
    (folder / "000002_orders.up.sql").write_text(
        "create table orders (id int primary key, user_id int references users);create view v as select id from orders;"
    )
    (folder / "000003_drop.up.sql").write_text("drop table users cascade;")
    return tmp_path


def test_a_statement_has_all_that_the_format_promises(project: Path) -> None:
    add, index = told("--context", "migrations", "-", cwd=project, stdin=CHANGE.encode())
    assert add == {
        "line": 1, "text": "alter table orders add column a int",
        "locks": [{"relation": "public.orders", "mode": "AccessExclusiveLock"}], "rewrites": [], "scans": [],
        "transaction_block": True, "complete": True, "error": None,
    }  # fmt: skip
    assert (index["line"], index["transaction_block"], index["scans"]) == (3, False, ["public.orders"])


def test_what_stands_before_in_the_input_is_known(project: Path) -> None:
    sql = b"create table a (id int primary key); create table b (id int references a); drop table a cascade;"
    *_, last = told(cwd=project, stdin=sql)
    assert [one["relation"] for one in last["locks"]] == ["public.a", "public.b"]
    assert last["complete"]


def test_a_file_of_the_directory_knows_those_before_it_alone(project: Path) -> None:
    (last,) = told("--context", "migrations", "migrations/000003_drop.up.sql", cwd=project)
    assert [one["relation"] for one in last["locks"]] == ["public.orders", "public.users"]
    first, _ = told("--context", "migrations", "migrations/000002_orders.up.sql", cwd=project)
    assert first["locks"] == [{"relation": "public.users", "mode": "ShareRowExclusiveLock"}]
    assert first["error"] is None


def test_a_down_file_knows_its_up_file(project: Path) -> None:
    (dropped,) = told("--context", "migrations", "migrations/000001_users.down.sql", cwd=project)
    assert dropped["error"] is None
    assert dropped["locks"] == [{"relation": "public.users", "mode": "AccessExclusiveLock"}]


def test_several_files_of_the_directory_are_told_in_one_run(project: Path) -> None:
    files = [f"migrations/{name}.up.sql" for name in ("000002_orders", "000003_drop", "000001_users")]
    found = told("--context", "migrations", *files, cwd=project)
    assert [one["error"] for one in found] == [None] * 4


def test_a_down_file_in_the_list_takes_nothing_from_the_files_behind_it(project: Path) -> None:
    files = [f"migrations/{name}.sql" for name in ("000001_users.up", "000001_users.down", "000002_orders.up")]
    found = told("--context", "migrations", *files, cwd=project)
    assert [(one["complete"], one["error"]) for one in found] == [(True, None)] * 4


@pytest.mark.parametrize(
    ("before", "refused"), [("", False), ("insert into a values (1);", True)], ids=["empty", "filled"]
)
def test_rows_refuse_a_column_that_they_have_no_value_for(project: Path, before: str, refused: bool) -> None:
    sql = f"create table a (id int); {before} alter table a add column b int not null"
    *_, last = told(cwd=project, stdin=sql.encode())
    assert (last["error"] is not None) is refused


def test_a_table_of_an_earlier_file_may_have_rows(project: Path) -> None:
    (add,) = told("--context", "migrations", cwd=project, stdin=b"alter table users add column b int not null")
    assert add["error"] == "rows of users would have no value in b, which is NOT NULL"
    assert not add["complete"]


def test_what_the_grammar_refuses_is_told_and_the_rest_too(project: Path) -> None:
    first, second = told(cwd=project, stdin=b"\nselect from\n where;\nlock table x in share mode;")
    assert (first["line"], first["locks"], first["complete"]) == (2, None, False)
    assert first["error"] == 'syntax error at or near "where" (line 3, column 2)'
    assert second["locks"] == [{"relation": "public.x", "mode": "ShareLock"}]


@pytest.mark.parametrize(("version", "refused"), [(14, True), (15, False)])
def test_a_version_refuses_what_it_has_no_syntax_for(project: Path, version: int, refused: bool) -> None:
    sql = b"merge into a using b on a.id = b.id when matched then delete"
    (merge,) = told("--pg-version", version, cwd=project, stdin=sql)
    assert (merge["error"] is not None) is refused


@pytest.mark.parametrize(("zone", "rewritten"), [("UTC", []), ("Europe/Oslo", ["public.a"]), (None, None)])
def test_the_time_zone_that_the_input_sets_counts(project: Path, zone: str | None, rewritten: list[str] | None) -> None:
    setting = f"set timezone = '{zone}';" if zone else ""
    sql = f"create table a (t timestamp); {setting} alter table a alter t type timestamptz;"
    *_, last = told(cwd=project, stdin=sql.encode())
    assert (last["rewrites"], last["complete"]) == (rewritten, zone is not None)


def test_people_read_what_each_lock_blocks(project: Path) -> None:
    done = locks("--context", "migrations", cwd=project, stdin=CHANGE.encode())
    lines = done.stdout.decode().splitlines()
    assert lines[0] == "line 1: alter table orders add column a int"
    assert "  public.orders  ACCESS EXCLUSIVE  blocks reads and writes" in lines
    assert "  public.orders  SHARE UPDATE EXCLUSIVE  blocks other schema changes" in lines
    assert "  cannot run in a transaction block" in lines
    assert "  scans public.orders" in lines


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--pg-version", "12"], b"error: --pg-version 12 is not between 13 and 18"),
        (["none.sql"], b"error: cannot read none.sql: No such file or directory"),
        (["--context", "none"], b"error: cannot read none: No such file or directory"),
    ],
)
def test_what_cannot_be_meant_is_said(project: Path, words: list[str], said: bytes) -> None:
    done = locks(*words, cwd=project)
    assert (done.returncode, done.stderr.splitlines()[0]) == (2, said)


def test_no_statements_are_an_empty_list(project: Path) -> None:
    assert told(cwd=project) == []
    assert told(cwd=project, stdin=b"-- nothing\n") == []
