from __future__ import annotations

import pytest

from whimbrel.sql.reader import Reader


def test_key_words_are_read_all_or_none() -> None:
    reader = Reader("if /* c */ NOT exists;")
    assert not reader.take("IF", "EXISTS")
    assert reader.take("IF", "NOT")
    assert not reader.at_end
    assert reader.take("EXISTS")
    assert reader.at_end


def test_a_quoted_word_or_a_string_is_no_key_word() -> None:
    assert not Reader('"only" t').take("ONLY")
    assert not Reader("'only'").take("ONLY")


def test_the_end_reads_as_a_token_without_text() -> None:
    reader = Reader("a ;; -- c", skip=1)
    assert reader.at_end
    assert reader.next().text == ""
    assert reader.rest() == ""
    assert reader.name() is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("s . T", "s.T", id="schema"),
        pytest.param('d."S.1".t', 'd."S.1".t', id="database"),
        pytest.param('u&"\\0061""b".t', '"a""b".t', id="U& is written out"),
        pytest.param("s.", None, id="a part is missing"),
        pytest.param("'t'", None, id="a string"),
    ],
)
def test_a_qualified_name_is_one_for_to_regclass(text: str, expected: str | None) -> None:
    assert Reader(text).qualified_name() == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("(a, B off, c = 'On', d 1)", {"a": "true", "b": "off", "c": "On", "d": "1"}, id="all forms"),
        pytest.param("(a, a off)", {"a": "off"}, id="the last one counts"),
        pytest.param("(a = (b, c), d)", {"a": "(", "d": "true"}, id="lists inside"),
        pytest.param("a, b", {}, id="no list"),
    ],
)
def test_options_are_read_with_their_values(text: str, expected: dict[str, str]) -> None:
    assert Reader(text).options() == expected


def test_arguments_are_split_at_their_own_commas() -> None:
    reader = Reader("(a, f(b, c), 'd,e') x")
    assert [[token.text for token in item] for item in reader.arguments()] == [
        ["a"],
        ["f", "(", "b", ",", "c", ")"],
        ["'d,e'"],
    ]
    assert reader.rest() == "x"
