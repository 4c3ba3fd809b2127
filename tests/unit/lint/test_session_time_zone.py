"""A SET of the time zone is read as the server reads it."""

from __future__ import annotations

import msgspec
import pytest

from whimbrel.lint.session_time_zone import is_utc
from whimbrel.sql import grammar
from whimbrel.sql.tree import Script, VariableSetStmt


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("set timezone = 'UTC'", True),
        ("set local TimeZone to utc", True),
        ("set time zone 'Etc/UTC'", True),
        ("set time zone 0", True),
        ("set time zone 'Europe/Oslo'", False),
        ("set time zone 2", False),
        ("set time zone interval '2' hour to minute", False),
        ("set time zone local", None),
        ("reset timezone", None),
        ("set lock_timeout = 5", None),
    ],
)
def test_utc(text: str, *, expected: bool | None) -> None:
    [parsed] = msgspec.json.decode(grammar.parse(text.encode()), type=Script).stmts
    node = msgspec.json.decode(parsed.stmt["VariableSetStmt"], type=VariableSetStmt)
    assert is_utc(node) is expected
