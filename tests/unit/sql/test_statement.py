from __future__ import annotations

import pytest

from whimbrel.sql.split import split
from whimbrel.sql.statement import Statement, keywords, upper


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("select 1", ("SELECT", "1"), id="upper case"),
        pytest.param("-- c\n/* d /* e */ */ Drop\n--\nTable t;", ("DROP", "TABLE", "T"), id="comments are none"),
        pytest.param('drop table "T";', ("DROP", "TABLE", '"T"'), id="quoted as written"),
        pytest.param("set x = 'aB'", ("SET", "X", "=", "'aB'"), id="strings as written"),
        pytest.param("a<=b", ("A", "<", "=", "B"), id="symbols one by one"),
        pytest.param("a b c d e f g h i", tuple("ABCDEFGH"), id="eight"),
        pytest.param("a b c d e f g;", tuple("ABCDEFG"), id="the end is none"),
        pytest.param("r (a; b);", ("R", "(", "A", ";", "B", ")"), id="other semicolons are"),
        pytest.param("do $$x;$$", ("DO", "$$x;$$"), id="dollar quote"),
        pytest.param("a /* b", ("A",), id="unfinished comment"),
        pytest.param("a 'b", ("A", "'b"), id="unfinished string"),
        pytest.param(" -- only\n/* comments */", (), id="only comments"),
    ],
)
def test_keywords_are_the_first_tokens(text: str, expected: tuple[str, ...]) -> None:
    assert keywords(text) == expected


def test_a_statement_knows_its_keywords_and_where_it_ends() -> None:
    (first, second) = split(" a;\nb c").statements
    assert first == Statement("a;", 1, ("A",))
    assert second == Statement("b c", 4, ("B", "C"))
    assert (first.end, second.end) == (3, 7)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        pytest.param("select", "SELECT", id="ASCII"),
        pytest.param("größe", "GRößE", id="only ASCII letters change"),
        pytest.param("\u017felect", "\u017fELECT", id="a long s is no S"),
        pytest.param("l\u0131ke", "L\u0131KE", id="a dotless i is no I"),
    ],
)
def test_key_words_are_ascii(word: str, expected: str) -> None:
    assert upper(word) == expected
