"""An interrupted file goes on behind what is done, as far as its note, its text and its role allow."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from catalog import Row, table_comment
from fault_proxy import Fault, FaultProxy, When

from whimbrel.errors import BadFile, ConnectionLost, DirtyDatabase, MigrationFailed, VersionTableError
from whimbrel.migrator import Settings
from whimbrel.runner.events import StepStarted

if TYPE_CHECKING:
    from fix_postgres import MakeDatabase, Server
    from projects import Project

TABLE = "CREATE TABLE t (id int, v text);\nINSERT INTO t VALUES (1, 'a'), (2, 'a');\n"
CONCURRENTLY = "CREATE INDEX CONCURRENTLY ti ON t (v);\n"
LAST = "INSERT INTO t VALUES (3, 'c');"


def test_an_edit_of_what_is_done_is_refused(sample: Project) -> None:
    sample.write(TABLE + CONCURRENTLY + LAST)
    sample.break_at("INSERT INTO t VALUES (3", When.BEFORE)
    sample.write(TABLE.replace("'a'", "'b'") + CONCURRENTLY + LAST)
    with pytest.raises(BadFile, match="2 units are done, and that part of the file was edited"):
        sample.up()
    assert sample.version() == Row(1, dirty=True)
    sample.write(TABLE + CONCURRENTLY + LAST)
    sample.up()
    assert sample.version() == Row(1)


def test_an_edit_of_what_is_begun_is_refused(sample: Project) -> None:
    sample.write(TABLE + CONCURRENTLY + LAST)
    sample.break_at("CREATE INDEX", When.AFTER)
    sample.write(TABLE + LAST)
    with pytest.raises(BadFile, match="1 units are done and the next one is begun"):
        sample.up()
    assert sample.version() == Row(1, dirty=True)


def test_an_edit_of_what_is_not_done_is_run(sample: Project) -> None:
    sample.write(TABLE + CONCURRENTLY + "INSERT INTO missing VALUES (1);")
    with pytest.raises(MigrationFailed, match="missing") as failed:
        sample.up()
    assert failed.value.kept.startswith("2 of 3 units are done")
    assert failed.value.line == 4
    sample.write(TABLE + CONCURRENTLY + "INSERT INTO t VALUES (9, 'z');")
    events = sample.up()
    assert [event.resumed for event in events if isinstance(event, StepStarted)] == [2]
    assert sample.one("SELECT max(id) FROM t") == 9
    assert sample.version() == Row(1)


def test_a_users_comment_is_kept_behind_the_note_and_put_back(sample: Project) -> None:
    sample.force(-1)
    sample.session.execute("COMMENT ON TABLE schema_migrations IS E'ours\n\nand long'")
    sample.write(TABLE + CONCURRENTLY + LAST)
    sample.break_at("INSERT INTO t VALUES (3", When.BEFORE)
    comment = table_comment(sample.session) or ""
    assert re.match(r"whimbrel: up 1 sha256:\w+ 2 of 3 units done, row \d+, from version none, to ch", comment)
    assert comment.endswith("\n\nours\n\nand long")
    sample.up()
    assert table_comment(sample.session) == "ours\n\nand long"


def test_force_ends_the_note(sample: Project) -> None:
    sample.force(-1)
    sample.session.execute("COMMENT ON TABLE schema_migrations IS 'ours'")
    sample.write(TABLE + CONCURRENTLY + LAST)
    sample.break_at("CREATE INDEX", When.BEFORE)
    sample.force(1)
    assert table_comment(sample.session) == "ours"
    assert sample.version() == Row(1)


def test_a_dirty_row_of_another_tool_is_refused_whatever_note_is_there(sample: Project) -> None:
    sample.write(TABLE + CONCURRENTLY + LAST)
    sample.break_at("CREATE INDEX", When.BEFORE)
    note = table_comment(sample.session)
    sample.session.execute("TRUNCATE schema_migrations; INSERT INTO schema_migrations VALUES (1, true)")
    with pytest.raises(DirtyDatabase):
        sample.up()
    assert sample.version() == Row(1, dirty=True)
    assert table_comment(sample.session) == note


def test_without_the_right_to_comment_there_is_no_note(sample: Project, server: Server) -> None:
    role = f"poor_{sample.name}"
    sample.session.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'p'; GRANT ALL ON SCHEMA public TO {role}".encode())
    try:
        sample.force(-1)
        sample.session.execute(f"GRANT ALL ON schema_migrations TO {role}".encode())
        sample.write(TABLE + CONCURRENTLY + "INSERT INTO missing VALUES (1);")
        parts = urlsplit(sample.url)
        url = parts._replace(netloc=f"{role}:p@{parts.netloc.rpartition('@')[2]}").geturl()
        with pytest.raises(MigrationFailed, match="missing") as failed:
            sample.up(url, Settings(write_history=False))
        assert "`force`" in failed.value.kept
        assert table_comment(sample.session) is None
        assert sample.version() == Row(1, dirty=True)
        with pytest.raises(DirtyDatabase):
            sample.up(url, Settings(write_history=False))
    finally:
        sample.session.execute(f"DROP OWNED BY {role}; DROP ROLE {role}".encode())


@pytest.mark.parametrize("directive", [True, False])
def test_statements_one_by_one_go_on_where_they_stopped(sample: Project, directive: bool) -> None:
    sample.write(("-- whimbrel: no-transaction\n" if directive else "") + TABLE + LAST)
    url = sample.url if directive else sample.with_parameters(**{"x-multi-statement": "true"})
    with FaultProxy(url, Fault(1, When.BEFORE, "INSERT INTO t VALUES (3")) as proxy, pytest.raises(ConnectionLost):
        sample.up(proxy.url)
    assert sample.one("SELECT count(*) FROM t") == 2
    sample.up(url)
    assert sample.one("SELECT count(*) FROM t") == 3


COMMITS = "DO $$ BEGIN INSERT INTO t VALUES (7, 'x'); COMMIT; INSERT INTO t VALUES (8, 'y'); END $$;\n"


def test_code_that_commits_is_run_outside_a_transaction(sample: Project) -> None:
    sample.write(TABLE + COMMITS + LAST)
    sample.up()
    assert sample.one("SELECT count(*) FROM t") == 5
    assert sample.version() == Row(1)


@pytest.mark.parametrize("first", ["", TABLE])
def test_code_that_commits_and_was_interrupted_is_left_to_a_person(sample: Project, first: str) -> None:
    sample.session.execute((TABLE if not first else "SELECT 1").encode())
    sample.write(first + COMMITS + LAST)
    with FaultProxy(sample.url, Fault(2, When.AFTER, "DO ")) as proxy, pytest.raises(ConnectionLost):
        sample.up(proxy.url)
    for _ in range(2):
        with pytest.raises(DirtyDatabase) as refused:
            sample.up()
        assert "DO at 1_step.up.sql" in refused.value.remedy
    assert sample.one("SELECT count(*) FROM t") == 4
    assert sample.version() == Row(1, dirty=True)


@pytest.mark.parametrize("body", ["EXECUTE 'VACUUM t'", "PERFORM refuses()"])
def test_what_refuses_a_transaction_inside_code_is_the_files_error(sample: Project, body: str) -> None:
    sample.session.execute(
        "CREATE FUNCTION refuses() RETURNS void LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'not here' USING ERRCODE = '25001'; END $$"
    )
    sample.write(f"{TABLE}DO $$ BEGIN {body}; END $$;")
    with pytest.raises(MigrationFailed) as failed:
        sample.up()
    assert failed.value.cause.sqlstate == "25001"
    assert not failed.value.kept
    assert sample.version() == Row(None)
    assert sample.one("SELECT to_regclass('t')") is None


def test_a_query_that_fails_with_25001_inside_a_function_is_the_files_error(sample: Project) -> None:
    sample.session.execute(
        "CREATE FUNCTION refuses() RETURNS void LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'not here' USING ERRCODE = '25001'; END $$"
    )
    sample.write(f"{TABLE}SELECT refuses();")
    with pytest.raises(MigrationFailed, match="not here"):
        sample.up()
    assert sample.version() == Row(None)


def test_a_syntax_error_anywhere_is_found_before_anything_runs(sample: Project) -> None:
    sample.write(TABLE + CONCURRENTLY + "INSERT INTTO t VALUES (1);")
    with pytest.raises(MigrationFailed, match="syntax error") as failed:
        sample.up()
    assert (failed.value.line, failed.value.column) == (4, 8)
    assert sample.one("SELECT to_regclass('t')") is None
    assert sample.version() == Row(None)


def test_the_interrupted_file_of_the_other_direction_is_named(sample: Project, make_database: MakeDatabase) -> None:
    sample.write(TABLE + CONCURRENTLY + LAST, down="DROP TABLE t;")
    sample.break_at("CREATE INDEX", When.BEFORE)
    with pytest.raises(DirtyDatabase) as refused:
        sample.down()
    assert "run `up` first" in refused.value.remedy


def test_a_role_that_could_not_end_the_file_does_not_begin_it(sample: Project) -> None:
    """It may add the dirty row and not change it: that is known before anything is done."""
    role = f"adds_{sample.name}"
    sample.force(-1)
    sample.session.execute(
        f"CREATE ROLE {role}; GRANT SELECT, INSERT ON schema_migrations TO {role};"
        f"GRANT ALL ON SCHEMA public TO {role}".encode()
    )
    try:
        sample.write(TABLE + CONCURRENTLY)
        with pytest.raises(VersionTableError, match="may not write"):
            sample.up(sample.with_parameters(options=f"-c role={role}"), Settings(write_history=False))
        assert sample.one("SELECT to_regclass('t')") is None
        assert sample.version() == Row(None)
    finally:
        sample.session.execute(f"DROP OWNED BY {role}; DROP ROLE {role}".encode())
