"""The server says which settings outlive their transaction, and how strings are read after them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from whimbrel.sql.session_setting import changes_string_rules, is_session_setting
from whimbrel.sql.split import split

if TYPE_CHECKING:
    import psycopg

SETTINGS = [
    "set search_path = a, b",
    "set session lock_timeout to '1s'",
    "set local lock_timeout = '1s'",
    "set my.parameter = 1",
    "set local.parameter = 1",
    "set session.parameter to 1",
    "set local local.parameter = 1",
    "set role pg_monitor",
    "set local role pg_monitor",
    "set session authorization pg_monitor",
    "set session session authorization pg_monitor",
    "set local session authorization pg_monitor",
    "set time zone 'Asia/Tokyo'",
    "set session time zone -3",
    "set local time zone 'Asia/Tokyo'",
    "set names 'latin1'",
    "set schema 'x'",
    "set session characteristics as transaction read only",
    "set session transaction read only",
    "set transaction_read_only = on",
    "set session transaction_isolation to 'serializable'",
    "set default_transaction_read_only = on",
    "set constraints all deferred",
    "reset work_mem",
    "reset all",
    "select set_config('search_path', 'x', false)",
    "select pg_catalog.set_config('search_path', 'x', false) as y",
    "select set_config('search_path', 'x', true)",
    "select set_config('search_path', 'x', 'on')",
    "select set_config('search_path', 'x' || 'y', 'f'::bool) z",
]
SNAPSHOT = """
    select array_agg(name || '=' || setting order by name), session_user::text, current_user::text,
           coalesce(current_setting('my.parameter', true), ''),
           coalesce(current_setting('local.parameter', true), ''),
           coalesce(current_setting('session.parameter', true), '')
    from pg_settings where name not like 'transaction\\_%' and source <> 'default'
          or name in ('search_path', 'work_mem')
"""


@pytest.mark.parametrize("text", SETTINGS)
def test_a_setting_outlives_its_transaction_if_we_say_so(text: str, observer: psycopg.Connection) -> None:
    (statement,) = split(text).statements
    observer.execute("set work_mem = '1MB'")
    before = observer.execute(SNAPSHOT).fetchone()
    observer.execute("begin")
    observer.execute(text.encode())
    observer.execute("commit")
    assert is_session_setting(statement) == (observer.execute(SNAPSHOT).fetchone() != before)


STRING_RULES = [
    "set standard_conforming_strings = off",
    "set local Standard_Conforming_Strings to 'off'",
    'set session "standard_conforming_strings" = no',
    "set standard_conforming_strings = 0",
    "set standard_conforming_strings = on",
    "set standard_conforming_strings to default",
    "reset standard_conforming_strings",
    "reset all",
    "select set_config('standard_conforming_strings', 'off', false)",
    "select pg_catalog.set_config('Standard_Conforming_Strings'::text, 'f', true)",
    "set escape_string_warning = off",
]


@pytest.mark.pg("<= 18")
@pytest.mark.parametrize("text", STRING_RULES)
@pytest.mark.parametrize("current", [True, False])
def test_the_string_rules_change_if_we_say_so(text: str, current: bool, observer: psycopg.Connection) -> None:
    (statement,) = split(text).statements
    observer.execute(f"set standard_conforming_strings = {current}".encode())
    observer.execute("begin")
    observer.execute(text.encode())
    now = observer.info.parameter_status("standard_conforming_strings") == "on"
    assert changes_string_rules(statement, current) == (now != current)
