from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whimbrel.sql.position import line_column


@pytest.mark.parametrize(
    ("text", "offset", "expected"),
    [
        pytest.param("", 0, (1, 1), id="empty text"),
        pytest.param("abc", 2, (1, 3), id="first line"),
        pytest.param("abc\ndef", 3, (1, 4), id="the line feed ends its line"),
        pytest.param("abc\ndef", 4, (2, 1), id="first of second line"),
        pytest.param("abc\ndef", 7, (2, 4), id="behind the last character"),
        pytest.param("a\r\nbc\r\nd", 4, (2, 2), id="CRLF second line"),
        pytest.param("a\r\nbc\r\nd", 7, (3, 1), id="CRLF third line"),
        pytest.param("ä€😀\nx€y", 6, (2, 3), id="characters, not bytes"),
        pytest.param("\n\n\n", 3, (4, 1), id="only line feeds"),
    ],
)
def test_line_and_column_count_characters_from_one(text: str, offset: int, expected: tuple[int, int]) -> None:
    assert line_column(text, offset) == expected


@settings(deadline=None)
@given(st.text(alphabet="ab\n€"), st.data())
def test_crlf_files_have_the_lines_and_columns_of_lf_files(text: str, data: st.DataObject) -> None:
    offset = data.draw(st.integers(0, len(text)))
    crlf_offset = offset + text.count("\n", 0, offset)
    assert line_column(text.replace("\n", "\r\n"), crlf_offset) == line_column(text, offset)


@settings(deadline=None)
@given(st.text(alphabet="ab\n"), st.data())
def test_line_and_column_lead_back_to_the_character(text: str, data: st.DataObject) -> None:
    offset = data.draw(st.integers(0, len(text)))
    line, column = line_column(text, offset)
    lines = text.split("\n")
    assert sum(len(before) + 1 for before in lines[: line - 1]) + column - 1 == offset
