"""What an interrupted statement left is looked up in the catalog: what is done stays, a half is cleaned."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
import pytest
from catalog import Row, table_comment
from fault_proxy import When

from whimbrel.errors import MigrationFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fix_postgres import Server
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
