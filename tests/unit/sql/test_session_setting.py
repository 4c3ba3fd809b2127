from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from whimbrel.sql.session_setting import changes_encoding, changes_string_rules, is_session_setting
from whimbrel.sql.split import split

if TYPE_CHECKING:
    from whimbrel.sql.statement import Statement


def statement(text: str) -> Statement:
    (only,) = split(text).statements
    return only


@pytest.mark.parametrize(
    "text",
    [
        "set search_path = a, b;",
        "SET SESSION lock_timeout TO '1s'",
        "set my.parameter = 1",
        "set local.parameter = 1",
        "set session.parameter to 1",
        "set role x",
        "set session authorization x",
        "set session session authorization x",
        "set time zone 'UTC'",
        "set session time zone local",
        "set names 'utf8'",
        "set schema 'x'",
        "set session characteristics as transaction read only",
        "set default_transaction_read_only = on",
        "reset search_path",
        "RESET ALL;",
        "reset session authorization",
        "select set_config('a.b', 'c', false)",
        "-- c\nSELECT pg_catalog.set_config('search_path', '', false);",
        "select \"pg_catalog\" . \"set_config\"('a', 'b', 'f') as x",
        "select set_config('a', current_setting('b') || ',c', false) x",
    ],
)
def test_what_outlives_the_transaction_is_a_session_setting(text: str) -> None:
    assert is_session_setting(statement(text))


@pytest.mark.parametrize(
    "text",
    [
        "set local search_path = a",
        "set local time zone 'UTC'",
        "set local role x",
        "set local local.parameter = 1",
        "set transaction read only",
        "set local transaction read only",
        "set session transaction read only",
        "set transaction_read_only = on",
        "set session transaction_isolation to 'serializable'",
        "reset transaction isolation level",
        "set constraints all deferred",
        "select set_config('a', 'b', true)",
        "select set_config('a', 'b', 'on')",
        "select set_config('a', 'b', false), f()",
        "select set_config('a', 'b', false) from t",
        "select my.set_config('a', 'b', false)",
        "select 'set_config'",
        "alter role r set search_path = a",
        "update t set search_path = 1",
    ],
)
def test_what_ends_with_the_transaction_is_none(text: str) -> None:
    assert not is_session_setting(statement(text))


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("set standard_conforming_strings = off", False),
        ("SET LOCAL Standard_Conforming_Strings TO 'off';", False),
        ("set session standard_conforming_strings = 0", False),
        ('set "standard_conforming_strings" = no', False),
        ("select set_config('standard_conforming_strings', 'off', false)", False),
        ("select pg_catalog.set_config('Standard_Conforming_Strings', 'f', true)", False),
        ("select set_config('standard_conforming_strings'::text, 'off'::text, false)", False),
        ("set standard_conforming_strings = on", True),
        ("set standard_conforming_strings to default", True),
        ("reset standard_conforming_strings", True),
        ("reset all", True),
    ],
)
def test_a_change_of_the_string_rules_is_told_from_what_they_are(text: str, after: bool) -> None:
    assert changes_string_rules(statement(text), not after)
    assert not changes_string_rules(statement(text), after)


@pytest.mark.parametrize(
    "text",
    [
        "set standard_conforming_strings = maybe",
        "set escape_string_warning = off",
        "set my.standard_conforming_strings = off",
        "alter role r set standard_conforming_strings = off",
        "select 'standard_conforming_strings'",
    ],
)
@pytest.mark.parametrize("current", [True, False])
def test_other_statements_leave_the_string_rules(text: str, current: bool) -> None:
    assert not changes_string_rules(statement(text), current)


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        pytest.param("SET client_encoding = 'LATIN1'", True, id="another encoding"),
        pytest.param("SET client_encoding TO 'utf-8'", False, id="UTF-8 by another spelling"),
        pytest.param("SET client_encoding TO SQL_ASCII", False, id="no conversion"),
        pytest.param("SET client_encoding TO DEFAULT", False, id="the session's own"),
        pytest.param("SET NAMES 'latin1'", True, id="the standard's spelling"),
        pytest.param("-- names utf8\nSET NAMES 'latin1'", True, id="behind a comment"),
        pytest.param("SELECT set_config('client_encoding', 'LATIN1', false)", True, id="set_config"),
        pytest.param("SELECT 'SET NAMES latin1'", False, id="a string"),
    ],
)
def test_only_another_encoding_of_the_client_counts(text: str, changes: bool) -> None:
    assert changes_encoding(split(text).statements[0]) is changes
