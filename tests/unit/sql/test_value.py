from __future__ import annotations

import pytest

from whimbrel.sql.value import is_true, name_value, string_value


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param("Abc", "abc", id="lower case"),
        pytest.param("ÄBC", "Äbc", id="ASCII letters only"),
        pytest.param('"Abc"', "Abc", id="quoted"),
        pytest.param('"a""b"', 'a"b', id="doubled quote"),
        pytest.param('U&"d\\0061t\\+000061"', "data", id="escapes"),
        pytest.param('u&"\\\\ \\D83D\\DE00"', "\\ 😀", id="backslash and a pair"),
        pytest.param("a" * 64, "a" * 63, id="cut"),
        pytest.param('"' + "é" * 40 + '"', "é" * 31, id="cut at a character"),
    ],
)
def test_a_name_stands_for_an_identifier(written: str, expected: str) -> None:
    assert name_value(written) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param("'a''b'", "a'b", id="plain"),
        pytest.param("n'a'", "a", id="N"),
        pytest.param("E'a'", "a", id="E without escapes"),
        pytest.param("$x$a'b$x$", "a'b", id="dollar quote"),
        pytest.param("$$$$", "", id="empty dollar quote"),
        pytest.param("''", "", id="empty"),
        pytest.param("E'a\\n'", None, id="escapes"),
        pytest.param("'a'\n'b'", None, id="continued"),
        pytest.param("x'0f'", None, id="bits"),
        pytest.param("U&'a'", None, id="U&"),
        pytest.param("'a", None, id="unfinished"),
        pytest.param("a", None, id="no string"),
    ],
)
def test_a_simple_string_stands_for_its_text(written: str, expected: str | None) -> None:
    assert string_value(written) == expected


@pytest.mark.parametrize(
    ("expected", "values"),
    [
        (True, "on true t TRUE yes y 1 tr ye"),
        (False, "off false f FALSE no n 0 of"),
        (None, "o maybe 2 onn default -1"),
    ],
)
def test_a_switch_is_read_as_the_server_reads_it(expected: bool | None, values: str) -> None:
    assert [is_true(value) for value in values.split()] == [expected] * len(values.split())
