from __future__ import annotations

import pytest

from whimbrel.sql.routine_body import closes_body, opens_body


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("create function f() begin atomic select 1;", True, id="function"),
        pytest.param("-- c\nCreate Or Replace Procedure p() Begin Atomic;", True, id="procedure"),
        pytest.param("create function f() begin atomic end;", False, id="closed at once"),
        pytest.param("create function f() return begin;", False, id="no ATOMIC"),
        pytest.param("create function f(begin atomic) return 1;", False, id="in parentheses"),
        pytest.param("create function f() as 'begin atomic' language sql;", False, id="in a string"),
        pytest.param('create function f() "begin" atomic select 1;', False, id="quoted"),
        pytest.param("create table f begin atomic select 1;", False, id="no routine"),
    ],
)
def test_begin_atomic_opens_the_body_of_a_routine(text: str, expected: bool) -> None:
    assert opens_body(text, standard_conforming_strings=True) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(" End ;", True, id="END"),
        pytest.param("-- c\nEND;", True, id="behind a comment"),
        pytest.param(' "end";', False, id="quoted"),
        pytest.param(" select 1 end;", False, id="a column called end"),
    ],
)
def test_end_right_behind_a_semicolon_closes_it(text: str, expected: bool) -> None:
    assert closes_body(text, standard_conforming_strings=True) is expected
