from __future__ import annotations

import pytest
from fix_postgres import Server, fits


@pytest.mark.parametrize(
    ("major", "condition", "expected"),
    [(14, ">= 14", True), (13, ">= 14", False), (15, "< 15", False), (15, "==15", True), (18, "!= 18", False)],
)
def test_a_condition_is_about_the_major_version(major: int, condition: str, expected: bool) -> None:
    assert fits(major, condition) is expected


def test_a_condition_that_cannot_be_meant_is_refused() -> None:
    with pytest.raises(pytest.UsageError, match="write one such as"):
        fits(15, "15+")


def test_the_parts_of_a_servers_url() -> None:
    server = Server("postgres://u:p%40@h:5433/d?sslmode=disable", "15.18 (Debian 15.18-0)")
    assert (server.host, server.port, server.user, server.password) == ("h", 5433, "u", "p@")
    assert server.major == 15
