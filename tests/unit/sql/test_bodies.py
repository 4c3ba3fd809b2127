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
