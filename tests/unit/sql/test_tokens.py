from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whimbrel.sql.tokens import TokenKind, tokens

WORD, IDENTIFIER, STRING = TokenKind.WORD, TokenKind.IDENTIFIER, TokenKind.STRING
NUMBER, PARAMETER, SYMBOL = TokenKind.NUMBER, TokenKind.PARAMETER, TokenKind.SYMBOL


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("select A_1", [(WORD, "select"), (WORD, "A_1")], id="words"),
        pytest.param("a$b$c", [(WORD, "a$b$c")], id="a dollar is part of a word"),
        pytest.param("größe\u00a0x", [(WORD, "größe\u00a0x")], id="all beyond ASCII is letters"),
        pytest.param('"a ""b"" c"', [(IDENTIFIER, '"a ""b"" c"')], id="doubled quote in an identifier"),
        pytest.param('u&"d\\0061" x', [(IDENTIFIER, 'u&"d\\0061"'), (WORD, "x")], id="U& identifier"),
        pytest.param('xu&"a"', [(WORD, "xu"), (SYMBOL, "&"), (IDENTIFIER, '"a"')], id="a word before & is no prefix"),
        pytest.param("'it''s' x", [(STRING, "'it''s'"), (WORD, "x")], id="doubled quote"),
        pytest.param(r"'a\' x", [(STRING, r"'a\'"), (WORD, "x")], id="a backslash is plain in a plain string"),
        pytest.param(r"E'a\'b' x", [(STRING, r"E'a\'b'"), (WORD, "x")], id="E string"),
        pytest.param(r"e'\\' x", [(STRING, r"e'\\'"), (WORD, "x")], id="escaped backslash"),
        pytest.param(r"type'a\' x", [(WORD, "type"), (STRING, r"'a\'"), (WORD, "x")], id="a word that ends in e"),
        pytest.param(r"U&'\' x", [(STRING, r"U&'\'"), (WORD, "x")], id="U& string"),
        pytest.param("B'01' x'ff' n'a'", [(STRING, "B'01'"), (STRING, "x'ff'"), (STRING, "n'a'")], id="bits, N"),
        pytest.param("'a' 'b'", [(STRING, "'a'"), (STRING, "'b'")], id="two strings on a line"),
        pytest.param("'a' \n 'b'", [(STRING, "'a' \n 'b'")], id="one string on two lines"),
        pytest.param("'a' -- c\n'b'", [(STRING, "'a' -- c\n'b'")], id="a comment between the lines"),
        pytest.param("'a' /* \n */ 'b'", [(STRING, "'a'"), (STRING, "'b'")], id="block comments do not continue"),
        pytest.param("E'a'\r\n'\\'b'", [(STRING, "E'a'\r\n'\\'b'")], id="an E string goes on as one"),
        pytest.param("$$a'b$$ x", [(STRING, "$$a'b$$"), (WORD, "x")], id="dollar quote"),
        pytest.param("$a$ $b$ $$ $a $a$", [(STRING, "$a$ $b$ $$ $a $a$")], id="tagged dollar quote"),
        pytest.param("$ä1$x$ä1$", [(STRING, "$ä1$x$ä1$")], id="tag beyond ASCII"),
        pytest.param("$A$ $a$ $A$", [(STRING, "$A$ $a$ $A$")], id="tags differ in case"),
        pytest.param("$1$2", [(PARAMETER, "$1"), (PARAMETER, "$2")], id="parameters"),
        pytest.param("$1a$", [(PARAMETER, "$1"), (WORD, "a$")], id="a tag does not begin with a digit"),
        pytest.param("$a b", [(SYMBOL, "$"), (WORD, "a"), (WORD, "b")], id="a dollar alone"),
        pytest.param("1.5e-3 .5 1.", [(NUMBER, "1.5e-3"), (NUMBER, ".5"), (NUMBER, "1.")], id="numbers"),
        pytest.param("1..2", [(NUMBER, "1"), (SYMBOL, "."), (SYMBOL, "."), (NUMBER, "2")], id="two dots"),
        pytest.param("a-- 'c'\nb", [(WORD, "a"), (WORD, "b")], id="line comment"),
        pytest.param("a-- 'c'\rb", [(WORD, "a"), (WORD, "b")], id="a carriage return ends it"),
        pytest.param("a/* ' /* */ ; */b", [(WORD, "a"), (WORD, "b")], id="nested comment"),
        pytest.param("a/*/*/**/*/*/b", [(WORD, "a"), (WORD, "b")], id="comments back to back"),
        pytest.param("a+/*c*/b", [(WORD, "a"), (SYMBOL, "+"), (WORD, "b")], id="a comment ends an operator"),
        pytest.param("a@--c", [(WORD, "a"), (SYMBOL, "@")], id="a line comment ends an operator"),
        pytest.param("a::b", [(WORD, "a"), (SYMBOL, ":"), (SYMBOL, ":"), (WORD, "b")], id="symbols are characters"),
        pytest.param("\v\f\t", [], id="white space"),
    ],
)
def test_tokens_are_those_of_the_server(text: str, expected: list[tuple[TokenKind, str]]) -> None:
    assert [(token.kind, token.text) for token in tokens(text)] == expected


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        pytest.param("x 'abc", TokenKind.UNFINISHED_STRING, id="string"),
        pytest.param("x E'abc\\'", TokenKind.UNFINISHED_STRING, id="E string"),
        pytest.param("x E'a'\n'b\\'", TokenKind.UNFINISHED_STRING, id="continuation"),
        pytest.param('x "abc""', TokenKind.UNFINISHED_IDENTIFIER, id="identifier"),
        pytest.param('x U&"abc', TokenKind.UNFINISHED_IDENTIFIER, id="U& identifier"),
        pytest.param("x $a$ $A$ $$", TokenKind.UNFINISHED_DOLLAR_QUOTE, id="dollar quote"),
        pytest.param("x /* /* */", TokenKind.UNFINISHED_COMMENT, id="comment"),
    ],
)
def test_what_nothing_closes_reaches_to_the_end(text: str, kind: TokenKind) -> None:
    first, last = tokens(text)
    assert first.text == "x"
    assert (last.kind, last.start, last.end) == (kind, 2, len(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(r"'a\' x' y", [r"'a\' x'", "y"], id="plain strings have escapes"),
        pytest.param(r"n'a\' x' y", [r"n'a\' x'", "y"], id="and so have N strings"),
        pytest.param("'a'\n'\\'b' y", ["'a'\n'\\'b'", "y"], id="and continuations"),
        pytest.param(r"x'a\' y", [r"x'a\'", "y"], id="but not bits"),
        pytest.param(r"B'0''\'' y", ["B'0'", r"'\''", "y"], id="where no quote is doubled"),
        pytest.param(r"U&'a\' y", [r"U&'a\'", "y"], id="nor U& strings"),
        pytest.param('"a\\" y', ['"a\\"', "y"], id="nor identifiers"),
    ],
)
def test_backslashes_escape_without_standard_conforming_strings(text: str, expected: list[str]) -> None:
    assert [token.text for token in tokens(text, standard_conforming_strings=False)] == expected


@settings(deadline=None)
@given(st.text(), st.booleans())
def test_tokens_follow_each_other_in_any_text(text: str, standard: bool) -> None:
    end = 0
    for token in tokens(text, standard_conforming_strings=standard):
        assert token.start >= end
        assert token.text == text[token.start : token.end] != ""
        end = token.end
