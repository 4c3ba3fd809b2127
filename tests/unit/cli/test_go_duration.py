"""Durations; the table was printed by Go 1.26."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whimbrel.cli.go_duration import go_duration

DURATIONS = [
    (0, "0s"),
    (1, "1ns"),
    (-1, "-1ns"),
    (999, "999ns"),
    (1000, "1µs"),
    (1001, "1.001µs"),
    (1100, "1.1µs"),
    (914885, "914.885µs"),
    (-914885, "-914.885µs"),
    (999999, "999.999µs"),
    (1000000, "1ms"),
    (2809819, "2.809819ms"),
    (1500000, "1.5ms"),
    (999999999, "999.999999ms"),
    (1000000000, "1s"),
    (1000000001, "1.000000001s"),
    (1500000000, "1.5s"),
    (59999999999, "59.999999999s"),
    (60000000000, "1m0s"),
    (90000000000, "1m30s"),
    (3599000000000, "59m59s"),
    (3600000000000, "1h0m0s"),
    (3723500000000, "1h2m3.5s"),
    (-3723500000000, "-1h2m3.5s"),
    (86400000000000, "24h0m0s"),
    (360000000000000, "100h0m0s"),
    (9223372036854775807, "2562047h47m16.854775807s"),
    (-9223372036854775808, "-2562047h47m16.854775808s"),
    (306000000, "306ms"),
    (10000000, "10ms"),
]
SECONDS = {
    "h": Decimal(3600),
    "m": Decimal(60),
    "s": Decimal(1),
    "ms": Decimal("1e-3"),
    "µs": Decimal("1e-6"),
    "ns": Decimal("1e-9"),
}


@pytest.mark.parametrize(("nanoseconds", "text"), DURATIONS, ids=[row[1] for row in DURATIONS])
def test_a_duration_reads_as_go_prints_it(nanoseconds: int, text: str) -> None:
    assert go_duration(nanoseconds) == text


@given(st.integers(-(2**63), 2**63 - 1))
def test_the_text_adds_up_to_the_duration(nanoseconds: int) -> None:
    text = go_duration(nanoseconds)
    parts = re.findall(r"([0-9.]+)(h|ms|µs|ns|m|s)", text)
    total = sum(Decimal(number) * SECONDS[unit] for number, unit in parts)
    assert (-total if text.startswith("-") else total) * 10**9 == nanoseconds


@given(st.integers(1, 2**63 - 1))
def test_the_text_has_no_needless_part(nanoseconds: int) -> None:
    form = (
        r"(?:[1-9]\d*h[1-5]?\dm|[1-5]?\dm)?[1-5]?\d(?:\.\d{0,8}[1-9])?s|[1-9]\d{0,2}(?:\.\d{0,5}[1-9])?(?:ms|µs)|\d+ns"
    )
    text = go_duration(nanoseconds)
    assert re.fullmatch(form, text)
    assert not text.startswith("0")
    assert len(text.removesuffix("ns")) <= 3 or not text.endswith("ns")
