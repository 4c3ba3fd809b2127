"""PostgreSQL says when constraints spare it the reading of a table; we come to the same answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from folded import folded

from whimbrel.schema.proves_not_null import is_proven_not_null

if TYPE_CHECKING:
    import psycopg

SUFFICIENT = "are sufficient to prove that it does not contain nulls"


@pytest.mark.parametrize(
    "check",
    [
        "a IS NOT NULL",
        "t.a IS NOT NULL",
        "a > 0",
        "a IS NOT NULL AND a > 0",
        "a > 0 AND (b IS NOT NULL AND a IS NOT NULL)",
        "a IS NOT NULL OR b IS NOT NULL",
        "(a IS NOT NULL AND b = 1) OR (a IS NOT NULL AND b = 2)",
        "NOT (a IS NULL)",
        "NOT (a IS NULL OR b IS NULL)",
        "NOT (a IS NULL AND b IS NULL)",
        "NOT (a IS NULL AND (a IS NULL OR b > 1))",
        "NOT (a IS DISTINCT FROM NULL)",
        "NOT (a IS NOT NULL)",
        "a IS NULL",
        "b IS NOT NULL",
        "a IS DISTINCT FROM NULL",
        "NULL IS DISTINCT FROM a",
        "a IS DISTINCT FROM b",
        "a IS NOT DISTINCT FROM 1",
        "(a IS NOT NULL) IS TRUE",
        "num_nulls(a) = 0",
        "coalesce(a, b) IS NOT NULL",
        "a + b IS NOT NULL",
    ],
)
def test_a_check_proves_what_it_proves_to_the_server(check: str, observer: psycopg.Connection) -> None:
    setup = f"CREATE TABLE t (a int, b int); ALTER TABLE t ADD CHECK ({check})"
    observer.execute(setup.encode())
    said: list[str] = []
    observer.add_notice_handler(lambda notice: said.append(notice.message_primary or ""))
    observer.execute("SET client_min_messages = debug1")
    observer.execute("ALTER TABLE t ALTER a SET NOT NULL")
    spared = any(SUFFICIENT in message for message in said)
    assert is_proven_not_null(folded(setup).relations["public", "t"], "a") is spared
