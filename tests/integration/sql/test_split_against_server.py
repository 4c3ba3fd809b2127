"""PostgreSQL's own parser says whether each piece of a split text is one statement."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from whimbrel.sql.split import split
from whimbrel.sql.tokens import SPACE

if TYPE_CHECKING:
    from collections.abc import Sequence

PROJECT = Path(__file__).parents[3]
CORPORA = PROJECT.parent / "shared" / "corpora"
REFERENCE = PROJECT / "reference" / "backend" / "migrations"
SYNTAX_ERROR = b"42601"


def pieces_that_are_no_statement(folder: Path, connection: psycopg.Connection) -> list[str]:
    """Return the pieces of a folder's files that the server's parser refuses as one statement."""
    refused = []
    files = sorted(folder.rglob("*.sql"))
    assert files
    for file in files:
        text = file.read_bytes().decode()
        script = split(text)
        assert script.problem is None, file
        for statement in script.statements:
            result = connection.pgconn.prepare(b"", statement.text.encode())
            if result.error_field(psycopg.pq.DiagnosticField.SQLSTATE) == SYNTAX_ERROR:
                refused.append(f"{file}: {result.error_message.decode()}")
    return refused


@pytest.mark.parametrize("name", ["chirpstack-as", "concourse", "gitness", "harbor", "kyma-keb", "svix", "xmtpd"])
def test_every_piece_of_real_migrations_is_one_statement(name: str, observer: psycopg.Connection) -> None:
    folder = CORPORA / name
    if not folder.is_dir():
        pytest.skip(f"there is no {folder}")
    assert pieces_that_are_no_statement(folder, observer) == []


def test_every_piece_of_the_reference_backend_is_one_statement(observer: psycopg.Connection) -> None:
    if not any(REFERENCE.glob("*.sql")):
        pytest.skip(f"there are no migrations in {REFERENCE}")
    assert pieces_that_are_no_statement(REFERENCE, observer) == []


def run(text: str, connection: psycopg.Connection) -> list[str]:
    """Send a text in one message; return the command tag of each statement that the server found in it."""
    connection.pgconn.send_query(text.encode())
    results = []
    while result := connection.pgconn.get_result():
        results.append(result)
    assert [result.error_message for result in results if result.error_message] == [], text
    return [(result.command_status or b"").decode() for result in results]


def tags_of_pieces(text: str, connection: psycopg.Connection, *, standard: bool = True) -> list[str]:
    """Send the pieces of a text one by one; return their command tags."""
    script = split(text, standard_conforming_strings=standard)
    assert script.problem is None
    tags = [run(statement.text, connection) for statement in script.statements]
    assert all(len(of_one) == 1 for of_one in tags)
    return [tag for (tag,) in tags]


SCRIPTS = {
    "rules": """
        create table t (a int); create table log (a int);
        create rule r as on insert to t do also (insert into log values (new.a); insert into log values (-1));
        create or replace rule r as on insert to t do instead (insert into log select 1; ; notify x;);
        insert into t values (1);
    """,
    "strings": r"""
        select 'a;''b', E'\';', e'\\', U&'d\0061;' , U&'!0061;' uescape '!', B'01', x'f', N';';
        select 'a;'
          'b;' -- ;'
          ';c', E'a'
        '\';'; select date'2020-01-01', 1 as "a;""b", 2 as U&"d\0061;";
    """,
    "dollar quotes": """
        select $$;$$, $a$;$$;$b$;$A$;$a$, $é1_$;$é1_$; do $do$ begin perform 1; end $do$;
        create table a$b$c (d$e int); select d$e, 1 as x$$ from a$b$c; select $$'$$ || '$$;' ;
    """,
    "comments": """
        /* ; /* ; */ ; */ select 1 +/* ; */ 2 --;
        ; -- ;
        ;; select 3 - -- ;
        -4 */* ; */ 5; /**/ /*/ ; /*/ */ */ select 6 --""",
    "carriage returns": "select 1 -- ;\r; select 2 -- ;\r\n, 3;\r\n\r\n",
    "parentheses": "select ((((1)))), (select ')' || (select '(')), array[(1)]; select 2;",
    "operators": "select 1<-1, 2-+-3, @ -1, '{1}'::int[] @> '{1}', 2^(-1); select 4;",
    "key words as names": """
        create schema begin; create table begin.atomic (begin int, "end" int, "case" int);
        create function begin() returns int language sql as 'select 1;'; select begin() as end, 2 as case;
        drop table begin.atomic;
    """,
    "nothing": " ; -- only\n; /* comments */ ;",
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_nasty_scripts_have_as_many_statements_as_the_server_finds(name: str, observer: psycopg.Connection) -> None:
    expected = [tag for tag in run("begin; " + SCRIPTS[name] + "\n; rollback", observer) if tag][1:-1]
    assert tags_of_pieces(SCRIPTS[name], observer) == expected


BODIES = """
    create table begin_t (begin int, a int);
    create function f(a int) returns int begin atomic select 1; select case a when 1 then 2 else 3 end; end;
    create or replace procedure p() language sql BEGIN ATOMIC
        insert into begin_t select begin, case case a when 1 then 2 end when 2 then 3 end as case from begin_t;
        select 1 as end; select t.begin, 2 end from begin_t t; -- end;
        ; /* end; */
    END;
    create function empty() returns void begin atomic end; create procedure e() begin atomic; end; select 1;
    create function begin() returns int return 1;
    create function s(t text default 'begin atomic;') returns text return t;
"""


@pytest.mark.pg(">= 14")
def test_routine_bodies_are_split_as_the_server_splits(observer: psycopg.Connection) -> None:
    expected = run("begin; " + BODIES + "; rollback", observer)[1:-1]
    assert tags_of_pieces(BODIES, observer) == expected


@pytest.mark.pg("<= 18")
def test_scripts_with_backslashes_in_plain_strings_are_split_as_the_server_splits(observer: psycopg.Connection) -> None:
    run("set standard_conforming_strings = off; set escape_string_warning = off", observer)
    text = r"""select 'a\';', N'\'', '\\'; select 'a'
        '\';b', "a\", x'f', B'1' from (select 1 as "a\") t; select $$\'$$ || 'b'; """
    assert tags_of_pieces(text, observer, standard=False) == run(text, observer) == ["SELECT 1"] * 3


CHARACTERS = st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=10)
LITERALS = st.one_of(
    CHARACTERS.map(lambda value: "'" + value.replace("'", "''") + "'"),
    CHARACTERS.map(lambda value: "E'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"),
    CHARACTERS.map(lambda value: "U&'" + value.replace("\\", "\\\\").replace("'", "''") + "'"),
    CHARACTERS.map(lambda value: "$é$" + value.replace("$", "") + "$é$"),
    CHARACTERS.map(lambda value: "1 /*" + value.replace("*", "").replace("/", "") + "/* ; */ */"),
    CHARACTERS.map(lambda value: "1 --" + value.replace("\n", "").replace("\r", "") + "\r"),
    CHARACTERS.map(lambda value: '1 as "a' + value.replace('"', '""') + '"'),
    st.sampled_from(["1", "-1.5e3", "'a'\n'b'", "(select ';')", "a$$ from (select 1 as a$$) t", "@ -1"]),
)
SELECTS = st.lists(LITERALS.map("select {}".format), min_size=1, max_size=5)


@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(SELECTS)
@example(["select 1 --\x1f\r"])
def test_generated_selects_are_split_as_the_server_splits(observer: psycopg.Connection, selects: Sequence[str]) -> None:
    text = ";".join(selects)
    found = [statement.text for statement in split(text).statements]
    assert found == [f"{select};" for select in selects[:-1]] + [selects[-1].rstrip(SPACE)]
    assert len(run(text, observer)) == len(selects)
