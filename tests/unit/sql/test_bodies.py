from __future__ import annotations

import pytest

from whimbrel.sql.bodies import embedded


@pytest.mark.parametrize("kind", ["trigger", "event_trigger", "void"])
def test_the_body_of_a_function_is_read_whatever_it_is_for(kind: str) -> None:
    body = "BEGIN UPDATE t SET a = '{1,{}}'; END"
    function = f"CREATE FUNCTION f() RETURNS {kind} LANGUAGE plpgsql AS $$ {body} $$"
    assert [one.text for one in embedded(function.encode())] == ["UPDATE t SET a = '{1,{}}'"]


@pytest.mark.parametrize(
    "statement",
    [
        b"CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql",
        b"CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql RETURN 1",
        b"CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql BEGIN ATOMIC SELECT 1; END",
        b"DO LANGUAGE plpgsql",
    ],
)
def test_a_routine_without_a_body_in_quotes_has_no_statements(statement: bytes) -> None:
    assert list(embedded(statement)) == []


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("'SELECT ''a'''", "SELECT 'a'"),
        ("$q$SELECT 'a'$q$", "SELECT 'a'"),
        (r"E'SELECT\n1'", "SELECT\n1"),
        ("'SELECT ' || '1'", "SELECT 1"),
        ("('SELECT 1') USING 2", "SELECT 1"),
        ("'SELECT ' || quote_ident('a')", ""),
        ("format('SELECT %I', 'a')", ""),
        ("'SELECT ' + '1'", ""),
        ("query", ""),
    ],
)
def test_a_statement_that_is_put_together_of_constants_is_known(expression: str, text: str) -> None:
    found = list(embedded(f"DO $$ BEGIN EXECUTE {expression}; END $$".encode()))
    assert [(one.text, one.dynamic) for one in found] == [(text, True)]
