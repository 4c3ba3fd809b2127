"""The server says which COPY sends or awaits a client's data."""

from __future__ import annotations

import psycopg
import pytest
from psycopg.pq import ExecStatus

from whimbrel.sql.copy_data import moves_client_data
from whimbrel.sql.split import split

COPIES = [
    "copy t from stdin;",
    '-- c\nCOPY public . "T 2" (a) FROM STDIN WITH (FORMAT csv);',
    "copy t to stdout",
    "copy t from stdout",
    "copy binary t to stdin",
    "copy (select ')' from (values (1)) v) to stdout (format binary)",
    "copy (select 1) to '/nowhere/x' (format csv)",
    "copy t from '/nowhere/stdin'",
    "copy stdin from '/nowhere/x'",
    "copy t to program 'exit 1'",
    "copy t (stdin) from $$/nowhere/from stdin$$ -- from stdin",
]


@pytest.mark.parametrize("text", COPIES)
def test_a_copy_moves_client_data_if_we_say_so(text: str, database: str) -> None:
    (statement,) = split(text).statements
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute('create table t (stdin int); create table stdin (); create table "T 2" (a int)')
        status = connection.pgconn.exec_(statement.text.encode()).status
        assert moves_client_data(statement) == (status in {ExecStatus.COPY_IN, ExecStatus.COPY_OUT})
        connection.pgconn.finish()
