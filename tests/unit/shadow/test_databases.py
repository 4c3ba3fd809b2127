from __future__ import annotations

from whimbrel.shadow.databases import url_of


def test_only_the_database_of_a_url_changes() -> None:
    url = "postgres://u:p@127.0.0.1:5433/app?sslmode=disable"
    assert url_of(url, "a/b c") == "postgres://u:p@127.0.0.1:5433/a%2Fb%20c?sslmode=disable"
    assert url_of("postgresql://h", "x") == "postgresql://h/x"
