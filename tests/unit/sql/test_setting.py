from __future__ import annotations

import pytest

from whimbrel.sql.setting import Setting, parse_setting
from whimbrel.sql.split import split


def setting(text: str) -> Setting | None:
    (statement,) = split(text).statements
    return parse_setting(statement)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("set A.b to 'x''y'", Setting("a.b", "x'y", local=False), id="SET"),
        pytest.param('set local "Work_Mem" = 64', Setting("work_mem", "64", local=True), id="SET LOCAL"),
        pytest.param("set session x = on", Setting("x", "on", local=False), id="SET SESSION"),
        pytest.param("set local.x = 1", Setting("local.x", "1", local=False), id="an extension called local"),
        pytest.param("set x to default", Setting("x", None, local=False), id="DEFAULT"),
        pytest.param("set x = 'default'", Setting("x", "default", local=False), id="a string that says default"),
        pytest.param("set search_path = a, b", Setting("search_path", None, local=False), id="a list"),
        pytest.param("set local time zone 'UTC'", Setting("", None, local=True), id="key words of its own"),
        pytest.param("-- names a\nset names 'b'", Setting("client_encoding", "b", local=False), id="NAMES"),
        pytest.param("set local names default", Setting("client_encoding", None, local=True), id="NAMES DEFAULT"),
        pytest.param("set names", Setting("client_encoding", None, local=False), id="NAMES alone"),
        pytest.param("reset X.y", Setting("x.y", None, local=False), id="RESET"),
        pytest.param("reset all", Setting("all", None, local=False), id="RESET ALL"),
        pytest.param("select set_config('A.b', 'c', true)", Setting("a.b", "c", local=True), id="set_config"),
        pytest.param("select set_config('a', null, false)", Setting("a", None, local=False), id="set_config to NULL"),
        pytest.param("select set_config('a', b || c, false)", Setting("a", None, local=False), id="an expression"),
        pytest.param("set transaction read only", None, id="SET TRANSACTION"),
        pytest.param("set constraints a deferred", None, id="SET CONSTRAINTS"),
        pytest.param("select set_config('a', 'b')", None, id="another set_config"),
        pytest.param("select 1", None, id="SELECT"),
        pytest.param("alter system set x = 1", None, id="ALTER SYSTEM"),
    ],
)
def test_what_is_set_is_read(text: str, expected: Setting | None) -> None:
    assert setting(text) == expected
