"""What an interrupted file left is looked up in the catalog: what is done stays, a half is cleaned, the rest is run."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
import pytest
from catalog import Row, table_comment
from fault_proxy import Fault, FaultProxy, When

from whimbrel.errors import BadFile, ConnectionLost, DirtyDatabase, MigrationFailed
from whimbrel.migrator import Settings
from whimbrel.runner.events import StepStarted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fix_postgres import MakeDatabase, Server
    from projects import Project

TABLE = "CREATE TABLE t (id int, v text);\nINSERT INTO t VALUES (1, 'a'), (2, 'a');\n"
CONCURRENTLY = "CREATE INDEX CONCURRENTLY ti ON t (v);\n"
LAST = "INSERT INTO t VALUES (3, 'c');"


@contextmanager
def a_writer(sample: Project, table: str = "t") -> Iterator[None]:
    """Somebody whose open transaction holds up every CONCURRENTLY."""
    with psycopg.connect(sample.url) as other:
        other.execute(f"LOCK TABLE {table} IN ROW EXCLUSIVE MODE".encode())
        yield


def leave_half(sample: Project, statement: str, *, table: str = "t") -> None:
    """Run until the statement waits for a writer, and end it there."""
    with a_writer(sample, table):
        sample.break_at(statement, When.DURING)


@pytest.mark.parametrize(
    ("table", "statement"),
    [
        ("t", "CREATE INDEX CONCURRENTLY ti ON t (v)"),
        ("t", "CREATE INDEX CONCURRENTLY ON t (v)"),
        ("t", "CREATE INDEX CONCURRENTLY IF NOT EXISTS ti ON t (v)"),
        ("t", "CREATE UNIQUE INDEX CONCURRENTLY ti ON t (id)"),
        ("t", "CREATE INDEX CONCURRENTLY ON t (lower(v)) WHERE id > 1"),
        ("t", "CREATE UNIQUE INDEX CONCURRENTLY ON t (id) INCLUDE (v)"),
        ("t", "CREATE INDEX CONCURRENTLY ON t USING btree (v text_pattern_ops DESC NULLS LAST)"),
        ('"Mixed Case"', 'CREATE INDEX CONCURRENTLY "Its Index" ON "Mixed Case" (v)'),
        ('other."T"', 'CREATE INDEX CONCURRENTLY ON other."T" (v)'),
    ],
)
def test_half_an_index_is_built_again_once(sample: Project, table: str, statement: str) -> None:
    made = TABLE.replace("TABLE t", f"TABLE {table}").replace("INTO t", f"INTO {table}")
    sample.session.execute(f"CREATE SCHEMA other; {made}".encode())
    sample.write(f"{statement};\n{LAST.replace('INTO t', f'INTO {table}')}")
    leave_half(sample, statement, table=table)
    assert list(sample.indexes(table).values()) == [False]
    assert sample.version() == Row(1, dirty=True)
    sample.up()
    assert list(sample.indexes(table).values()) == [True]
    assert sample.version() == Row(1)
    assert sample.one(f"SELECT count(*) FROM {table}") == 3


def test_an_index_that_was_built_is_not_built_again(sample: Project) -> None:
    sample.write(TABLE + CONCURRENTLY + LAST)
    sample.break_at("CREATE INDEX", When.AFTER)
    before = sample.one("SELECT 'ti'::regclass::oid")
    sample.up()
    assert sample.one("SELECT 'ti'::regclass::oid") == before
    assert sample.version() == Row(1)


def test_an_index_is_found_through_the_search_path_that_the_file_set(sample: Project) -> None:
    sample.session.execute("CREATE SCHEMA other; CREATE TABLE t (v text)")
    sample.write("SET search_path = other;\nCREATE TABLE t (v text);\n" + CONCURRENTLY + "INSERT INTO t VALUES ('x');")
    sample.break_at("CREATE INDEX", When.AFTER)
    sample.up()
    assert sample.indexes("other.t") == {"ti": True}
    assert sample.indexes("public.t") == {}
    assert sample.one("SELECT count(*) FROM other.t") == 1


def test_a_role_that_the_file_set_is_set_again(sample: Project, server: Server) -> None:
    role = f"owner_{sample.name}"
    sample.session.execute(f"CREATE ROLE {role}; GRANT CREATE ON SCHEMA public TO {role}".encode())
    try:
        sample.write(f"SET ROLE {role};\n{TABLE}{CONCURRENTLY}CREATE TABLE u (id int);")
        sample.break_at("CREATE INDEX", When.BEFORE)
        sample.up()
        assert sample.one("SELECT tableowner FROM pg_tables WHERE tablename = 'u'") == role
        assert sample.indexes() == {"ti": True}
    finally:
        sample.session.execute(f"DROP OWNED BY {role}; DROP ROLE {role}".encode())


def test_a_valid_index_of_another_definition_is_not_taken_for_the_files(sample: Project) -> None:
    sample.session.execute(TABLE.encode())
    sample.write(CONCURRENTLY)
    sample.break_at("CREATE INDEX", When.BEFORE)
    sample.session.execute("CREATE INDEX ti ON t (id)")
    with pytest.raises(MigrationFailed, match="already exists"):
        sample.up()
    assert sample.version() == Row(None)
    assert sample.indexes() == {"ti": True}


def test_an_invalid_index_of_somebody_else_stays(sample: Project) -> None:
    sample.session.execute(TABLE.encode())
    with pytest.raises(psycopg.errors.UniqueViolation):
        sample.session.execute("CREATE UNIQUE INDEX CONCURRENTLY theirs ON t (v)")
    sample.write(CONCURRENTLY)
    leave_half(sample, "CREATE INDEX")
    assert sample.indexes() == {"theirs": False, "ti": False}
    sample.up()
    assert sample.indexes() == {"theirs": False, "ti": True}


def test_a_unique_index_over_duplicates_leaves_nothing(sample: Project) -> None:
    sample.session.execute(TABLE.encode())
    sample.write("CREATE UNIQUE INDEX CONCURRENTLY ON t (v);\n" + LAST)
    with pytest.raises(MigrationFailed, match="could not create unique index") as failed:
        sample.up()
    assert not failed.value.kept
    assert sample.indexes() == {}
    assert sample.version() == Row(None)


def test_a_failure_after_an_interruption_leads_back_to_the_version_before(sample: Project) -> None:
    sample.write("CREATE TABLE a ()", "CREATE UNIQUE INDEX CONCURRENTLY ti ON t (v);\n" + LAST)
    sample.session.execute(TABLE.encode())
    leave_half(sample, "CREATE UNIQUE")
    assert sample.version() == Row(2, dirty=True)
    with pytest.raises(MigrationFailed):
        sample.up()
    assert sample.version() == Row(1)
    assert sample.indexes() == {}
    assert table_comment(sample.session) is None


def test_a_dropped_index_is_not_mistaken_for_its_namesake(sample: Project) -> None:
    sample.session.execute(
        "CREATE SCHEMA one; CREATE SCHEMA two; CREATE TABLE one.t (v int); CREATE TABLE two.t (v int);"
        "CREATE INDEX ti ON one.t (v); CREATE INDEX ti ON two.t (v)"
    )
    sample.write("SET search_path = one, two;\nDROP INDEX CONCURRENTLY ti;\nCREATE TABLE public.done ();")
    sample.break_at("DROP INDEX", When.AFTER)
    sample.up()
    assert sample.indexes("one.t") == {}
    assert sample.indexes("two.t") == {"ti": True}


def test_half_a_dropped_index_is_dropped(sample: Project) -> None:
    sample.session.execute((TABLE + "CREATE INDEX ti ON t (v)").encode())
    sample.write("DROP INDEX CONCURRENTLY ti;\n" + LAST)
    with psycopg.connect(sample.url) as reader:
        reader.execute("SELECT FROM t")
        sample.break_at("DROP INDEX", When.DURING)
    assert sample.indexes() == {"ti": False}
    sample.up()
    assert sample.indexes() == {}
    assert sample.version() == Row(1)


@pytest.mark.parametrize("what", ["TABLE CONCURRENTLY t", "INDEX CONCURRENTLY ti", "(VERBOSE) TABLE CONCURRENTLY t"])
def test_what_half_a_reindex_left_is_removed(sample: Project, what: str) -> None:
    sample.session.execute((TABLE + "CREATE INDEX ti ON t (v); CREATE TABLE u (v int)").encode())
    sample.session.execute("CREATE INDEX theirs_ccnew ON u (v)")
    sample.session.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'theirs_ccnew'::regclass")
    sample.write(f"REINDEX {what};\n{LAST}")
    leave_half(sample, "REINDEX")
    assert sample.indexes()["ti_ccnew"] is False
    sample.up()
    assert sample.indexes() == {"ti": True}
    assert sample.indexes("u") == {"theirs_ccnew": False}
    assert sample.one("SELECT count(*) FROM pg_index WHERE NOT indisvalid") == 1


def test_an_old_index_that_a_reindex_left_is_removed(sample: Project) -> None:
    sample.session.execute((TABLE + "CREATE INDEX ti ON t (v)").encode())
    sample.write(f"REINDEX INDEX CONCURRENTLY ti;\n{LAST}")
    with psycopg.connect(sample.url) as reader:
        reader.execute("SELECT FROM t")  # the new index is built and swapped in, the old one waits for its readers
        sample.break_at("REINDEX", When.DURING)
    assert set(sample.indexes()) == {"ti", "ti_ccold"}
    sample.up()
    assert sample.indexes() == {"ti": True}


@pytest.mark.pg(">= 14")
def test_half_a_detachment_is_finalized(sample: Project) -> None:
    sample.session.execute("CREATE TABLE p (id int) PARTITION BY LIST (id)")
    sample.session.execute("CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1)")
    sample.write("ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY;\nINSERT INTO p1 VALUES (1);")
    with psycopg.connect(sample.url) as reader:
        reader.execute("SELECT FROM p")
        sample.break_at("ALTER TABLE", When.DURING)
    assert sample.one("SELECT inhdetachpending FROM pg_inherits WHERE inhrelid = 'p1'::regclass") is True
    sample.up()
    assert sample.one("SELECT relispartition FROM pg_class WHERE relname = 'p1'") is False
    assert sample.version() == Row(1)


@pytest.mark.parametrize("when", [When.BEFORE, When.AFTER])
def test_databases_are_made_and_dropped_once(sample: Project, when: When) -> None:
    other = f"{sample.name}_other"
    sample.write(f"CREATE DATABASE {other};\nCREATE TABLE a ();", down=f"DROP DATABASE {other};\nDROP TABLE a;")
    sample.break_at("CREATE DATABASE", when)
    sample.up()
    assert sample.one(f"SELECT count(*) FROM pg_database WHERE datname = '{other}'") == 1
    sample.break_at("DROP DATABASE", when, down=True)
    sample.down()
    assert sample.one(f"SELECT count(*) FROM pg_database WHERE datname = '{other}'") == 0
    assert sample.version() == Row(None)


def test_a_database_that_was_there_before_is_not_taken_for_the_files(sample: Project) -> None:
    other = f"{sample.name}_other"
    sample.session.execute(f"CREATE DATABASE {other}".encode())
    try:
        sample.write(f"CREATE DATABASE {other};")
        sample.break_at("CREATE DATABASE", When.BEFORE)
        with pytest.raises(MigrationFailed, match="already exists"):
            sample.up()
        assert sample.version() == Row(None)
    finally:
        sample.session.execute(f"DROP DATABASE {other}".encode())


@pytest.mark.parametrize("statement", ["ALTER SYSTEM RESET work_mem", "VACUUM t", "REINDEX SCHEMA public"])
@pytest.mark.parametrize("when", [When.BEFORE, When.AFTER])
def test_what_harms_nobody_is_run_again(sample: Project, statement: str, when: When) -> None:
    sample.write(f"{TABLE}{statement};\n{LAST}")
    sample.break_at(statement, when)
    sample.up()
    assert sample.one("SELECT count(*) FROM t") == 3
    assert sample.version() == Row(1)


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
        url = sample.url.replace(sample.url.partition("://")[2].partition("@")[0], f"{role}:p")
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
