"""The server refuses just the syntax that unsupported-syntax finds for its version."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest
from syntax_samples import SAMPLES, Sample

if TYPE_CHECKING:
    from fix_postgres import Server

REFUSED = frozenset({"0A000", "22023", "42601", "42704", "42804", "42809", "42883", "42P01"})
FINALIZE = "55000"
"""There is no detaching to finish: the server has read the statement."""


@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_the_server_refuses_what_is_found(sample: Sample, database: str, server: Server) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        if sample.superuser and connection.info.parameter_status("is_superuser") != "on":
            pytest.skip("needs a superuser")
        if sample.before:
            connection.execute(sample.before.encode())
        state = _run(connection, sample.sql)
        if sample.after and (state is None or sample.before):
            connection.execute(sample.after.encode())
    assert state is None or state in REFUSED
    assert (state is not None) is bool(sample.findings(server.major))


def _run(connection: psycopg.Connection, sql: str) -> str | None:
    """Run a statement; return the state in which it is refused for what it is."""
    try:
        if sql.startswith("COPY"):
            with connection.cursor().copy(sql.encode()) as copy:
                copy.write(b"a\n")
        else:
            connection.execute(sql.encode())
    except psycopg.Error as error:
        if "ICU is not supported" in str(error):
            pytest.skip("this PostgreSQL was built without ICU")
        return None if error.sqlstate == FINALIZE else error.sqlstate
    return None
