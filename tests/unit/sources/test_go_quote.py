"""Quoting; the table was printed by Go 1.26's strconv.Quote."""

from __future__ import annotations

import pytest

from whimbrel.sources.go_quote import go_quote

QUOTED = [
    ("", '""'),
    ("plain", '"plain"'),
    ('a"b\\c', '"a\\"b\\\\c"'),
    ("\a\b\f\n\r\t\v", '"\\a\\b\\f\\n\\r\\t\\v"'),
    ("\x00\x1b\x7f", '"\\x00\\x1b\\x7f"'),
    ("é ü 中 😀", '"é ü 中 😀"'),
    ("\u00a0\u200b\u2028", '"\\u00a0\\u200b\\u2028"'),
    ("\udcff\udcc3", '"\\xff\\xc3"'),
    ("\U000e0001\ue000", '"\\U000e0001\\ue000"'),
]


@pytest.mark.parametrize(("text", "quoted"), QUOTED, ids=[ascii(row[0]) for row in QUOTED])
def test_a_text_is_quoted_as_go_does(text: str, quoted: str) -> None:
    assert go_quote(text) == quoted
