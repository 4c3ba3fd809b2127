"""What is true of any text: the splitter against rules that are too slow or too simple to be it."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from whimbrel.sql.split import split
from whimbrel.sql.tokens import SPACE, TokenKind, tokens

FRAGMENTS = (
    *("'", "''", "E'", "e'", "\\'", "\\\\", "U&'", 'u&"', '"', '""', "N'", "B'", "x'", "'a'\n'b'", "E'a\\'b'", "'a\\'"),
    *("$$", "$a$", "$é$", "$1", "$1$", "a$b$", "a$", "$", "1", "1e", "1e5", "e", "E", "ae", "éE", "name", "&", "u"),
    *("/*", "*/", "/**/", "/", "*", "--", "-", "+--", "@/*", "\n", "\r", "\t", " ", "\u00a0", "\\", "\0", "é"),
    *(";", ";", ";", "(", "(", ")", ")", "[", "]", ",", ".", "=", "<", "begin", "case", "end"),
)
NASTY = st.lists(st.sampled_from(FRAGMENTS), max_size=40).map("".join)

SHORT = st.text(max_size=8)
WORDS = st.sampled_from(
    ["a", "select", "B1", "été", "x$y$z", "_", "42", "1.5e3", "$1", "=", "<>", "::", ",", ".", "@-"]
)
STRINGS = SHORT.map(lambda value: "'" + value.replace("'", "''") + "'")
ESCAPED = SHORT.map(lambda value: "E'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'")
IDENTIFIERS = st.text(min_size=1, max_size=8).map(lambda value: '"' + value.replace('"', '""') + '"')
DOLLARS = st.builds(
    lambda tag, value: f"${tag}${value.replace('$', '')}${tag}$", st.sampled_from(["", "a", "é9"]), SHORT
)
INSIDE_COMMENT = SHORT.map(lambda value: value.replace("*", "").replace("/", ""))
COMMENTS = st.recursive(
    INSIDE_COMMENT, lambda inner: st.lists(inner, max_size=3).map(lambda parts: f"/*{' '.join(parts)}*/")
).map("/*{}*/".format)
LINES = st.text(alphabet=st.characters(exclude_characters="\n\r"), max_size=8).map("--{}\n".format)
PIECES = st.recursive(
    WORDS | STRINGS | ESCAPED | IDENTIFIERS | DOLLARS | COMMENTS | LINES,
    lambda inner: st.lists(inner | st.just(";"), max_size=4).map(lambda parts: f"({' '.join(parts)})"),
    max_leaves=6,
)
STATEMENTS = st.lists(PIECES, max_size=4).map(lambda pieces: " ".join(["do", *pieces]) + ";")
GAPS = st.text(alphabet=SPACE + ";", max_size=6)


@settings(deadline=None)
@given(st.lists(st.tuples(GAPS, STATEMENTS), max_size=4), GAPS)
def test_statements_put_together_come_apart_again(parts: list[tuple[str, str]], end: str) -> None:
    text = "".join(gap + statement for gap, statement in parts) + end
    assert [statement.text for statement in split(text).statements] == [statement for _, statement in parts]


def assert_that_nothing_is_lost(text: str, *, standard: bool) -> None:
    """The statements and the gaps between them, which hold no tokens but semicolons, are the text."""
    script = split(text, standard_conforming_strings=standard)
    end = 0
    for statement in script.statements:
        assert text[statement.start : statement.end] == statement.text
        assert all(token.text == ";" for token in tokens(text[end : statement.start]))
        assert statement.text[0] not in SPACE
        end = statement.end
    assert all(token.text == ";" for token in tokens(text[end:]))


@settings(deadline=None)
@given(st.text(), st.booleans())
def test_nothing_of_any_text_is_lost(text: str, standard: bool) -> None:
    assert_that_nothing_is_lost(text, standard=standard)


@settings(deadline=None)
@given(NASTY, st.booleans())
def test_nothing_of_a_nasty_text_is_lost(text: str, standard: bool) -> None:
    assert_that_nothing_is_lost(text, standard=standard)


@settings(deadline=None)
@given(NASTY, st.booleans())
def test_the_runs_are_as_right_as_single_tokens(text: str, standard: bool) -> None:
    """The splitter eats long runs at once; token by token the statements must end at the same semicolons."""
    ends, depth, some = [], 0, False
    for token in tokens(text, standard_conforming_strings=standard):
        some = some or token.text != ";"
        depth = max(0, depth + {"(": 1, ")": -1}.get(token.text, 0))
        if token.text == ";" and token.kind is TokenKind.SYMBOL and depth == 0:
            if some:
                ends.append(token.end)
            some = False
    script = split(text, standard_conforming_strings=standard)
    assert [statement.end for statement in script.statements][: len(ends)] == ends
    assert len(script.statements) == len(ends) + some


@settings(deadline=None)
@given(st.text(alphabet="abc ;,=+<\n\t"))
def test_without_quotes_each_semicolon_ends_a_statement(text: str) -> None:
    pieces = [piece.strip(SPACE) for piece in text.split(";")]
    found = [statement.text.removesuffix(";").strip(SPACE) for statement in split(text).statements]
    assert found == [piece for piece in pieces if piece]


@settings(deadline=None)
@given(st.lists(STATEMENTS, min_size=1, max_size=4))
def test_a_routine_body_of_any_statements_is_one_statement(body: list[str]) -> None:
    text = f"create procedure p() begin atomic {' '.join(body)} end;"
    assert [statement.text for statement in split(text + " a").statements] == [text, "a"]
