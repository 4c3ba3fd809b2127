"""A session that the server ends is one error with the server's own reason, and the next run goes on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from fix_embedded import until

if TYPE_CHECKING:
    from pathlib import Path

    import psycopg
    from doors import Door, Said

BY_COMMAND = "terminating connection due to administrator command"
ENDS = "SELECT pg_terminate_backend(pg_backend_pid());\n"
FILES = {
    "a transaction": "CREATE TABLE second ();\n",
    "units": "CREATE INDEX CONCURRENTLY first_id ON first (id);\nCREATE TABLE second ();\n",
}


def ended(said: Said, reason: str) -> None:
    assert said.code == 1, said
    assert said.err.count("error: ") == 1, said.err
    assert f"error: lost the connection: {reason}\n" in said.err
    assert re.search(r"^ *(help|notice): .*run the command again", said.err, re.MULTILINE), said.err


@pytest.mark.parametrize("kind", FILES)
def test_the_servers_reason_is_shown_and_the_next_run_goes_on(
    door: Door, kind: str, folder: Path, database: str, observer: psycopg.Connection
) -> None:
    file = folder / "2_second.up.sql"
    file.write_text(FILES[kind] + ENDS)
    (folder / "3_third.up.sql").write_text("CREATE TABLE third ();\n")
    ended(door.run(folder, database, "up"), BY_COMMAND)
    dirty = kind == "units"
    # A client hears that its session ends before others see that it has.
    until(
        lambda: observer.execute("SELECT version, dirty FROM schema_migrations").fetchall() == [(1 + dirty, dirty)],
        "the version is what the schema is",
    )
    file.write_text(FILES[kind])
    assert door.run(folder, database, "up").code == 0
    assert observer.execute("SELECT version, dirty FROM schema_migrations").fetchall() == [(3, False)]


@pytest.mark.pg(">= 17")
def test_a_transaction_that_lasts_too_long_is_named_with_its_setting(
    door: Door, folder: Path, database: str, observer: psycopg.Connection
) -> None:
    (folder / "2_slow.up.sql").write_text("CREATE TABLE slow ();\nSELECT pg_sleep(60);\n")
    said = door.run(folder, f"{database}&transaction_timeout=200", "up")
    ended(said, "terminating connection due to transaction timeout")
    assert "raise transaction_timeout" in said.err
    assert observer.execute("SELECT version, dirty FROM schema_migrations").fetchall() == [(1, False)]


def test_a_file_that_only_the_server_can_follow_is_not_said_to_go_on(
    door: Door, folder: Path, database: str, observer: psycopg.Connection
) -> None:
    (folder / "2_second.up.sql").write_text("SET client_encoding TO 'LATIN1';\nCREATE TABLE second ();\n" + ENDS)
    said = door.refuses(folder, database)
    assert BY_COMMAND in said
    assert "repair the schema, then `force` the version" in said
    assert "run the command again" not in said
    assert observer.execute("SELECT version, dirty FROM schema_migrations").fetchall() == [(2, True)]
