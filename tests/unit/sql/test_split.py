from __future__ import annotations

import pytest

from whimbrel.sql.split import Problem, ProblemKind, psql_commands, split


def texts(text: str, *, standard: bool = True) -> list[str]:
    return [statement.text for statement in split(text, standard_conforming_strings=standard).statements]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param(" \t\r\n\f\v", id="white space"),
        pytest.param(";;\n;", id="semicolons"),
        pytest.param("-- a; b", id="line comment without a line feed"),
        pytest.param("/* a; /* b; */ c; */ ; -- d", id="comments"),
    ],
)
def test_a_text_without_tokens_holds_no_statement(text: str) -> None:
    script = split(text)
    assert script.statements == ()
    assert script.problem is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a", ["a"], id="no semicolon"),
        pytest.param("a;b;", ["a;", "b;"], id="two"),
        pytest.param(" a ; ; ;\nb ", ["a ;", "b"], id="a semicolon behind another is none"),
        pytest.param("-- c\na;-- d\nb;-- e", ["-- c\na;", "-- d\nb;"], id="comments lead the next statement"),
        pytest.param("/* c */;a;", ["a;"], id="comments before a lone semicolon lead nothing"),
        pytest.param("a -- c;\n;b", ["a -- c;\n;", "b"], id="semicolon in a comment"),
        pytest.param("a -- c;\r;b", ["a -- c;\r;", "b"], id="a carriage return ends a comment"),
        pytest.param("a /* ; /* ; */ ; */;b", ["a /* ; /* ; */ ; */;", "b"], id="nested comment"),
        pytest.param("a /*/;*/;b", ["a /*/;*/;", "b"], id="a slash right behind the opening"),
        pytest.param("a */*;*/;b", ["a */*;*/;", "b"], id="an operator before a comment"),
        pytest.param("a +--;\n;b", ["a +--;\n;", "b"], id="a line comment ends an operator"),
        pytest.param("a - -1/2;b", ["a - -1/2;", "b"], id="minus and slash"),
        pytest.param("a 'x;''y;';b", ["a 'x;''y;';", "b"], id="string"),
        pytest.param("a 'x\\';b", ["a 'x\\';", "b"], id="a backslash is plain"),
        pytest.param("a E'x\\';';b", ["a E'x\\';';", "b"], id="E string"),
        pytest.param("a e'x'\n'\\';';b", ["a e'x'\n'\\';';", "b"], id="E string on two lines"),
        pytest.param("a e'x' '\\';b", ["a e'x' '\\';", "b"], id="a plain string behind an E string"),
        pytest.param("date'x\\';b", ["date'x\\';", "b"], id="a word that ends in e"),
        pytest.param("a$e'x\\';b", ["a$e'x\\';", "b"], id="a word that ends in $e"),
        pytest.param("1e'\\';';b", ["1e'\\';';", "b"], id="an E behind a number"),
        pytest.param("ée'x\\';b", ["ée'x\\';", "b"], id="a word beyond ASCII that ends in e"),
        pytest.param("a (e'\\');(', b';');c", ["a (e'\\');(', b';');", "c"], id="E string in parentheses"),
        pytest.param("a U&'\\';b", ["a U&'\\';", "b"], id="U& string"),
        pytest.param('a "x;""y;";b', ['a "x;""y;";', "b"], id="identifier"),
        pytest.param('a "x\\";b', ['a "x\\";', "b"], id="a backslash in an identifier"),
        pytest.param('a U&"\\\';";b', ['a U&"\\\';";', "b"], id="U& identifier"),
        pytest.param("a $$;$$;b", ["a $$;$$;", "b"], id="dollar quote"),
        pytest.param("a $x$;$X$;$$;$x$;b", ["a $x$;$X$;$$;$x$;", "b"], id="tagged dollar quote"),
        pytest.param("a $x$ $y$x$;b", ["a $x$ $y$x$;", "b"], id="a closing tag that shares its first dollar"),
        pytest.param("a $é_1$;$é_1$;b", ["a $é_1$;$é_1$;", "b"], id="tag beyond ASCII"),
        pytest.param("a$x$;b$x$;c", ["a$x$;", "b$x$;", "c"], id="dollars in a word quote nothing"),
        pytest.param("a1$x$;b", ["a1$x$;", "b"], id="nor behind a digit in a word"),
        pytest.param("é$$;b", ["é$$;", "b"], id="nor behind letters beyond ASCII"),
        pytest.param("1$x$;$x$;b", ["1$x$;$x$;", "b"], id="behind a number they do"),
        pytest.param("$1$x$;$x$;b", ["$1$x$;$x$;", "b"], id="and behind a parameter"),
        pytest.param("a $1;b $2", ["a $1;", "b $2"], id="parameters"),
        pytest.param("a $x;b", ["a $x;", "b"], id="a dollar alone"),
        pytest.param("r (a; b; (c; d)); e;", ["r (a; b; (c; d));", "e;"], id="parentheses"),
        pytest.param("(((((a; ';)'))))));b", ["(((((a; ';)'))))));", "b"], id="deep parentheses"),
        pytest.param("a) ; b", ["a) ;", "b"], id="a closing parenthesis too many"),
        pytest.param("a( ; b", ["a( ; b"], id="an opening parenthesis too many"),
        pytest.param("a [;b", ["a [;", "b"], id="brackets do not count"),
        pytest.param("\u00a0;b", ["\u00a0;", "b"], id="a no-break space is a word"),
        pytest.param("a\r\n;\r\nb;\r\n", ["a\r\n;", "b;"], id="CRLF"),
    ],
)
def test_statements_end_where_the_server_says(text: str, expected: list[str]) -> None:
    assert texts(text) == expected
    assert split(text).problem is None


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("create function f() begin atomic select 1; select 2; end;", id="function"),
        pytest.param("CREATE OR REPLACE PROCEDURE p() BEGIN ATOMIC SELECT 1; END;", id="procedure"),
        pytest.param("create/**/function f() begin -- x\n atomic; end;", id="comments between the words"),
        pytest.param("create function f() begin atomic end;", id="empty body"),
        pytest.param("create function f() begin atomic select case a when 1 then 2 end; end;", id="CASE"),
        pytest.param(
            "create function f() begin atomic select case case a when b then c end when d then e end; a; end;",
            id="CASE in CASE",
        ),
        pytest.param(
            "create function f() begin atomic select 1 as case; select 2 end; select t.end; end;", id="columns"
        ),
        pytest.param("create function f() begin atomic select begin from t; end;", id="a column called begin"),
        pytest.param("create function f(a text default ';') begin atomic select ';end;'; end;", id="strings"),
        pytest.param("create function f() begin atomic /* ; end; */ select 1; -- end;\n end;", id="comments"),
        pytest.param("create function begin() returns int language sql return 1;", id="a function called begin"),
        pytest.param("create function atomic() returns int language sql return 1;", id="a function called atomic"),
        pytest.param('create function "begin" () begin atomic select "end"; end;', id="quoted names"),
        pytest.param("create function f() returns int as $$ begin atomic; end $$ language plpgsql;", id="quoted body"),
    ],
)
def test_a_routine_is_one_statement_with_its_body(text: str) -> None:
    assert texts(f"{text}\nselect 3;") == [text, "select 3;"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("begin atomic; a; end;", ["begin atomic;", "a;", "end;"], id="no routine"),
        pytest.param("create table begin atomic; a;", ["create table begin atomic;", "a;"], id="a table"),
        pytest.param(
            "create function f(begin atomic); a", ["create function f(begin atomic);", "a"], id="in parentheses"
        ),
        pytest.param("create function f() begin; a", ["create function f() begin;", "a"], id="BEGIN without ATOMIC"),
        pytest.param(
            "create function f() begin atomic a; b", ["create function f() begin atomic a; b"], id="no END at all"
        ),
    ],
)
def test_only_the_body_of_a_routine_holds_its_semicolons(text: str, expected: list[str]) -> None:
    assert texts(text) == expected


@pytest.mark.parametrize(
    ("text", "kind", "offset", "expected"),
    [
        pytest.param("a;b 'c; ", ProblemKind.UNFINISHED_STRING, 4, ["a;", "b 'c; "], id="string"),
        pytest.param("a;b E'c\\';", ProblemKind.UNFINISHED_STRING, 4, ["a;", "b E'c\\';"], id="E string"),
        pytest.param("a;b\nU&'c;", ProblemKind.UNFINISHED_STRING, 4, ["a;", "b\nU&'c;"], id="U& string"),
        pytest.param("a;b (('c;))", ProblemKind.UNFINISHED_STRING, 6, ["a;", "b (('c;))"], id="in parentheses"),
        pytest.param('a;b "c;', ProblemKind.UNFINISHED_IDENTIFIER, 4, ["a;", 'b "c;'], id="identifier"),
        pytest.param('a;b U&"c;', ProblemKind.UNFINISHED_IDENTIFIER, 4, ["a;", 'b U&"c;'], id="U& identifier"),
        pytest.param("a;b $x$ ; $$", ProblemKind.UNFINISHED_DOLLAR_QUOTE, 4, ["a;", "b $x$ ; $$"], id="dollar quote"),
        pytest.param("a;b /* /* */ ; ", ProblemKind.UNFINISHED_COMMENT, 4, ["a;", "b /* /* */ ; "], id="comment"),
        pytest.param("a; /* ;", ProblemKind.UNFINISHED_COMMENT, 3, ["a;", "/* ;"], id="nothing but a comment"),
        pytest.param("a;\n\\c x\nb;", ProblemKind.PSQL_COMMAND, 3, ["a;", "\\c x\nb;"], id="psql command"),
        pytest.param("a \\gset\n'", ProblemKind.PSQL_COMMAND, 2, ["a \\gset\n'"], id="the first counts"),
        pytest.param("a;'b\0'", ProblemKind.NUL, 4, ["a;", "'b\0'"], id="NUL in a string"),
        pytest.param("a;-- \0\n'", ProblemKind.NUL, 5, ["a;", "-- \0\n'"], id="NUL before another"),
        pytest.param("a '\0", ProblemKind.UNFINISHED_STRING, 2, ["a '\0"], id="NUL behind another"),
    ],
)
def test_a_problem_is_told_with_its_place(text: str, kind: ProblemKind, offset: int, expected: list[str]) -> None:
    assert split(text).problem == Problem(kind, offset)
    assert texts(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("'\\c'", id="string"),
        pytest.param('"\\c"', id="identifier"),
        pytest.param("$$\\c$$", id="dollar quote"),
        pytest.param("-- \\c\n/* \\d */ a", id="comments"),
    ],
)
def test_a_quoted_backslash_is_no_psql_command(text: str) -> None:
    assert split(text).problem is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a 'x\\';';b", ["a 'x\\';';", "b"], id="plain strings have escapes"),
        pytest.param("a n'x\\';';b", ["a n'x\\';';", "b"], id="and so have N strings"),
        pytest.param("a x'f\\';b", ["a x'f\\';", "b"], id="but not bits"),
        pytest.param("a u&'\\';b", ["a u&'\\';", "b"], id="nor U& strings"),
        pytest.param("a $$'\\$$;b", ["a $$'\\$$;", "b"], id="nor dollar quotes"),
    ],
)
def test_backslashes_escape_without_standard_conforming_strings(text: str, expected: list[str]) -> None:
    assert texts(text, standard=False) == expected


def test_commands_of_psql_are_found_wherever_a_client_would_read_them() -> None:
    text = "\\set a 'it''s'\nSELECT '\\x', $$\\y$$; -- \\z\n\\i b.sql\nSELECT 1 \\gexec\nSELECT 'a\n\\b';\\q"
    commands = [text[start:end] for start, end in psql_commands(text)]
    assert commands == ["\\set a 'it''s'", "\\i b.sql", "\\gexec", "\\q"]


def test_empty_statements_are_passed_over_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def counted(text: str, **_: object) -> tuple[str, ...]:
        read.append(text)
        return tuple(text.strip(";").split()[:1])

    monkeypatch.setattr("whimbrel.sql.split.keywords", counted)
    found = split("SELECT 1;" + ";\n ;" * 1_000 + " SELECT 2;" + ";" * 1_000).statements
    assert [one.text for one in found] == ["SELECT 1;", "SELECT 2;"]
    assert len(read) < 10
