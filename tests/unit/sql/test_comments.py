from __future__ import annotations

import pytest

from whimbrel.sql.comments import head_comments


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", [], id="nothing"),
        pytest.param("-- a", [(0, "-- a")], id="no line feed"),
        pytest.param("\n --a\r\n--b\nselect", [(2, "--a"), (7, "--b")], id="two"),
        pytest.param("select -- a\n--b", [], id="behind the first word"),
        pytest.param("/* /* -- a\n */ -- b\n */ -- c\nx -- d", [(24, "-- c")], id="block comments"),
        pytest.param(";-- a\n; -- b\n'", [(1, "-- a"), (8, "-- b")], id="semicolons are no statement"),
        pytest.param("-- a\n/* -- b\n", [(0, "-- a")], id="an unfinished block comment"),
        pytest.param("- - a", [], id="operators"),
    ],
)
def test_line_comments_before_the_first_statement_are_found(text: str, expected: list[tuple[int, str]]) -> None:
    assert list(head_comments(text)) == expected
