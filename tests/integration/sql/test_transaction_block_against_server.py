"""The server says which statements refuse a transaction block."""

from __future__ import annotations

import psycopg
import pytest

from whimbrel.sql.split import split
from whimbrel.sql.transaction_block import refuses_transaction_block

SETUP = """
    create table t (a int not null); create unique index i on t (a); insert into t values (1);
    create materialized view v as select a from t; create unique index on v (a); create type e as enum ('a');
    create table p (a int) partition by list (a); create table c partition of p for values in (1);
    set client_min_messages = error;
    create subscription s connection 'dbname=none' publication q, q2 with (connect = false);
"""
ANY_VERSION = [
    "create index concurrently on t (a)",
    "create unique index concurrently if not exists i on t (a)",
    "create index j on t (a)",
    "drop index concurrently i",
    "drop index i",
    "reindex table concurrently t",
    "reindex index i",
    "reindex (verbose) table t",
    "reindex schema public",
    "reindex system other",
    "alter table p detach partition c",
    "create database d",
    "drop database if exists d with (force)",
    "alter database template1 set tablespace pg_default",
    "alter database template1 with tablespace pg_default",
    "alter database template1 tablespace = pg_default",
    "alter database template1 set work_mem = '1MB'",
    "create tablespace ts location '/nowhere'",
    "drop tablespace if exists ts",
    "alter system set work_mem = '1MB'",
    "vacuum",
    "vacuum (analyze) t",
    "analyze",
    "cluster",
    "cluster verbose",
    "cluster verbose t using i",
    "refresh materialized view concurrently v",
    "create subscription r connection 'dbname=none' publication q",
    "create subscription r connection 'dbname=none' publication q with (enabled = false, create_slot)",
    "create subscription r connection 'dbname=none' publication q with (connect = false)",
    "create subscription r connection 'dbname=none' publication q with (connect = off, enabled = 0)",
    "alter subscription s enable; alter subscription s refresh publication",
    "alter subscription s enable; alter subscription s set publication x, y",
    "alter subscription s enable; alter subscription s set publication x with (refresh = false)",
    "alter subscription s set (slot_name = none)",
    "alter subscription s set (slot_name = none); drop subscription s",
    "commit prepared 'x'",
    "rollback prepared 'x'",
    "discard all",
    "discard plans",
    "alter type e add value 'b'",
    "truncate t",
]
FROM_14 = [
    "reindex (concurrently) table t",
    "reindex (concurrently off) table t",
    "reindex (concurrently off) table concurrently t",
    "reindex (concurrently, verbose off) schema public",
    "reindex (concurrently 0) database other",
    "alter table only p detach partition public.c concurrently",
    "alter table p detach partition c finalize",
    "cluster (verbose off) t using i",
    "alter subscription s enable; alter subscription s add publication x",
    "alter subscription s enable; alter subscription s add publication x with (refresh = off)",
    "alter subscription s enable; alter subscription s drop publication q2 with (refresh)",
]
FROM_17 = [
    "alter subscription s set (failover = true)",
    "cluster (verbose)",
    "reindex database",
    "reindex system concurrently",
]


def assert_that_the_server_agrees(text: str, connection: psycopg.Connection) -> None:
    """The last statement of `text` is refused in a transaction block if, and only if, we say so."""
    *before, last = split(text).statements
    connection.execute(SETUP)
    connection.execute("begin")
    for statement in before:
        connection.execute(statement.text.encode())
    refused = False
    try:
        connection.execute(last.text.encode())
    except psycopg.Error as error:
        refused = error.sqlstate == "25001" and error.diag.source_function == "PreventInTransactionBlock"
    finally:
        connection.execute("rollback")
        connection.execute("alter subscription s set (slot_name = none); drop subscription s")
    assert (refuses_transaction_block(last) is not None) == refused


@pytest.mark.parametrize("text", ANY_VERSION)
def test_the_server_refuses_what_we_say(text: str, observer: psycopg.Connection) -> None:
    assert_that_the_server_agrees(text, observer)


@pytest.mark.pg(">= 14")
@pytest.mark.parametrize("text", FROM_14)
def test_postgresql_14_refuses_what_we_say(text: str, observer: psycopg.Connection) -> None:
    assert_that_the_server_agrees(text, observer)


@pytest.mark.pg(">= 17")
@pytest.mark.parametrize("text", FROM_17)
def test_postgresql_17_refuses_what_we_say(text: str, observer: psycopg.Connection) -> None:
    assert_that_the_server_agrees(text, observer)
