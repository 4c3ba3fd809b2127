from __future__ import annotations

import pytest

from whimbrel.sql.split import split
from whimbrel.sql.transaction_block import Refusal, refuses_transaction_block


def refusal(text: str) -> Refusal | None:
    (statement,) = split(text).statements
    return refuses_transaction_block(statement)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("create index concurrently on t (a)", Refusal.CREATE_INDEX_CONCURRENTLY),
        ("-- c\nCREATE UNIQUE INDEX /* d */ CONCURRENTLY IF NOT EXISTS i ON t (a);", Refusal.CREATE_INDEX_CONCURRENTLY),
        ("drop index concurrently if exists i", Refusal.DROP_INDEX_CONCURRENTLY),
        ("reindex table concurrently t", Refusal.REINDEX_CONCURRENTLY),
        ("reindex (concurrently) index i", Refusal.REINDEX_CONCURRENTLY),
        ("REINDEX (CONCURRENTLY, VERBOSE) TABLE t;", Refusal.REINDEX_CONCURRENTLY),
        ("reindex (verbose, concurrently on) table t", Refusal.REINDEX_CONCURRENTLY),
        ("reindex (concurrently 'true', tablespace x) schema s", Refusal.REINDEX_CONCURRENTLY),
        ("reindex (concurrently off) table concurrently t", Refusal.REINDEX_CONCURRENTLY),
        ("reindex database concurrently", Refusal.REINDEX_CONCURRENTLY),
        ("reindex schema s", Refusal.REINDEX_MANY),
        ("reindex database d", Refusal.REINDEX_MANY),
        ("reindex (verbose) system d", Refusal.REINDEX_MANY),
        ("reindex (concurrently 0) schema s", Refusal.REINDEX_MANY),
        ("alter table p detach partition c concurrently", Refusal.DETACH_CONCURRENTLY),
        ('ALTER TABLE IF EXISTS ONLY s . "P" DETACH PARTITION s.c CONCURRENTLY;', Refusal.DETACH_CONCURRENTLY),
        ("create database d", Refusal.CREATE_DATABASE),
        ("create database d with template t", Refusal.CREATE_DATABASE),
        ("drop database if exists d with (force)", Refusal.DROP_DATABASE),
        ("alter database d set tablespace t", Refusal.ALTER_DATABASE_TABLESPACE),
        ('alter database "d" with tablespace t', Refusal.ALTER_DATABASE_TABLESPACE),
        ("alter database d tablespace = t", Refusal.ALTER_DATABASE_TABLESPACE),
        ("create tablespace t location '/x'", Refusal.CREATE_TABLESPACE),
        ("drop tablespace if exists t", Refusal.DROP_TABLESPACE),
        ("alter system set work_mem = '1MB'", Refusal.ALTER_SYSTEM),
        ("alter system reset all", Refusal.ALTER_SYSTEM),
        ("vacuum", Refusal.VACUUM),
        ("vacuum (full, analyze) t", Refusal.VACUUM),
        ("cluster", Refusal.CLUSTER_ALL),
        ("cluster verbose", Refusal.CLUSTER_ALL),
        ("CLUSTER (VERBOSE);", Refusal.CLUSTER_ALL),
        ("create subscription s connection 'x' publication p", Refusal.CREATE_SUBSCRIPTION),
        ("create subscription s connection 'x' publication p, q with (enabled = false)", Refusal.CREATE_SUBSCRIPTION),
        ("create subscription s connection 'x' publication p with (create_slot)", Refusal.CREATE_SUBSCRIPTION),
        ("alter subscription s refresh publication", Refusal.ALTER_SUBSCRIPTION),
        ("alter subscription s refresh publication with (copy_data = false)", Refusal.ALTER_SUBSCRIPTION),
        ("alter subscription s set publication p", Refusal.ALTER_SUBSCRIPTION),
        ("alter subscription s add publication p with (copy_data = false)", Refusal.ALTER_SUBSCRIPTION),
        ("alter subscription s drop publication p with (refresh = true)", Refusal.ALTER_SUBSCRIPTION),
        ("alter subscription s set (failover = true)", Refusal.ALTER_SUBSCRIPTION),
        ("alter subscription s set (slot_name = x, two_phase = off)", Refusal.ALTER_SUBSCRIPTION),
        ("commit prepared 'x'", Refusal.FINISH_PREPARED),
        ("ROLLBACK PREPARED 'x';", Refusal.FINISH_PREPARED),
        ("discard all", Refusal.DISCARD_ALL),
    ],
)
def test_a_statement_that_refuses_a_transaction_block_is_known(text: str, expected: Refusal) -> None:
    assert refusal(text) is expected


@pytest.mark.parametrize(
    "text",
    [
        "create index i on t (a)",
        'create index "concurrently" on t (a)',
        "create index i on t (a) -- concurrently",
        "create table concurrently_t (a int)",
        "drop index i",
        "reindex table t",
        "reindex (verbose) index i",
        "reindex (concurrently off) table t",
        "reindex (concurrently false, verbose) index i",
        "alter table p detach partition c",
        "alter table p detach partition c finalize",
        "alter table p add constraint concurrently_c check (true)",
        "alter table p rename column a to concurrently",
        "alter database d set work_mem = '1MB'",
        "alter database d set tablespace = x",
        "alter database d set default_tablespace to x",
        "alter database d rename to tablespace",
        "alter database d refresh collation version",
        "create table t () tablespace x",
        "analyze",
        "analyze t",
        "cluster t",
        "cluster verbose t using i",
        "cluster (verbose) t",
        "refresh materialized view concurrently v",
        "create subscription s connection 'x' publication p with (connect = false)",
        "create subscription s connection 'x' publication p with (create_slot = 'off', slot_name = none)",
        "CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p WITH (Create_Slot = FALSE);",
        "alter subscription s enable",
        "alter subscription s set (slot_name = none)",
        "alter subscription s set publication p with (refresh = false)",
        "alter subscription s connection 'x'",
        "drop subscription s",
        "commit",
        "rollback to prepared",
        "discard plans",
        "alter type e add value 'x'",
        "create extension x",
        "checkpoint",
        "select 'vacuum'",
        "explain select 1",
        "do $$ begin execute 'vacuum'; end $$",
    ],
)
def test_other_statements_take_a_transaction_block(text: str) -> None:
    assert refusal(text) is None
