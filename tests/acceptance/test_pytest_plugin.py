"""The fixtures for users' own test suites, in a test suite of a user."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest
    from fix_postgres import Server

pytest_plugins = ["pytester"]


def test_each_test_has_a_fresh_copy_of_the_migrated_schema(pytester: pytest.Pytester, server: Server) -> None:
    folder = pytester.mkdir("schema")
    (folder / "1_users.up.sql").write_text("CREATE TABLE users (name text PRIMARY KEY);")
    pytester.makeini("[pytest]\nwhimbrel_migrations = schema\n")
    pytester.makepyfile(
        """
        import psycopg
        import pytest

        @pytest.mark.parametrize("turn", range(3))
        def test_it_is_empty(whimbrel_database, turn):
            with psycopg.connect(whimbrel_database) as connection:
                connection.execute("INSERT INTO users VALUES ('Ada')")
                assert connection.execute("SELECT count(*) FROM users").fetchone() == (1,)
        """
    )
    result = pytester.runpytest_subprocess("--whimbrel-server", server.url)
    result.assert_outcomes(passed=3)


def test_a_server_is_started_where_none_is_named(pytester: pytest.Pytester, server: Server) -> None:
    pytester.makepyfile(
        """
        def test_it_answers(whimbrel_server):
            import psycopg
            with psycopg.connect(whimbrel_server) as connection:
                assert connection.execute("SELECT 1").fetchone() == (1,)
        """
    )
    pytester.runpytest_subprocess().assert_outcomes(passed=1)


def test_a_migration_that_fails_fails_the_tests_with_its_reason(pytester: pytest.Pytester, server: Server) -> None:
    folder = pytester.mkdir("migrations")
    (folder / "1_users.up.sql").write_text("CREATE TABEL users (name text);")
    pytester.makepyfile("def test_it(whimbrel_database): pass")
    result = pytester.runpytest_subprocess("--whimbrel-server", server.url)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(['*syntax error at or near "TABEL"*'])
