"""Which server libpq's pairs of name and value mean."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from whimbrel.postgres.conninfo import ParameterError, UrlError
from whimbrel.postgres.keyword_form import parse_database


def test_pairs_are_read_with_their_x_parameters() -> None:
    target = parse_database(
        r" host=db1,db2 port = 6432 user='my app' password=a\ b x-migrations-table=v options='-c a=b'"
    )
    assert dict(target.keywords) == {
        "host": "db1,db2", "port": "6432", "user": "my app", "password": "a b", "options": "-c a=b",
    }  # fmt: skip
    assert target.parameters.table == "v"


def test_a_url_is_still_a_url() -> None:
    assert dict(parse_database("postgres://me@h/d?application_name=a").keywords)["dbname"] == "d"


values = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=20)


@given(values, values)
def test_any_value_that_libpq_wrote_is_read(password: str, name: str) -> None:
    text = make_conninfo("", password=password, dbname=name)
    assert dict(parse_database(text).keywords) == {"password": password, "dbname": name}


@example("user=a password='b'dbname=c")
@example("user= dbname=x")
@example("user = a\\ ")
@example("user=a\\")
@example("user=a\x1cb")
@given(st.lists(st.sampled_from(["user", "dbname", "=", " ", "'", "\\", "a", "b c", "\n"]), max_size=12).map("".join))
def test_pairs_are_read_as_libpq_reads_them(text: str) -> None:
    text = f"host=h {text}"
    try:
        expected = conninfo_to_dict(text)
    except ProgrammingError:
        expected = {}
    try:
        found = dict(parse_database(text).keywords)
    except UrlError:
        found = {}
    assert found == expected


@pytest.mark.parametrize(
    "text",
    [
        "host=h password=my SECRET=1",
        "host=h password=my SECRET dbname=d",
        "host=h password='my SECRET",
        "host=h sslpassword=my SECRET=1",
        "password='SECRET' hots=h",
        "password=a://SECRET@b SECRET",
    ],
)
def test_no_part_of_a_password_is_shown(text: str) -> None:
    with pytest.raises(UrlError) as refused:
        parse_database(text)
    assert "SECRET" not in f"{refused.value} {refused.value.shown} {refused.value.remedy}"


def test_a_misspelt_name_is_shown() -> None:
    with pytest.raises(UrlError, match="hots is no connection parameter"):
        parse_database("hots=h password=SECRET")


def test_a_bad_x_parameter_is_refused() -> None:
    with pytest.raises(ParameterError, match="x-statement-timeout"):
        parse_database("host=h x-statement-timeout=-1")
