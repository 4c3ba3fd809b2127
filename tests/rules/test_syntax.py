"""Is each piece of syntax that came after PostgreSQL 13 seen in the versions before it, and in no other?"""

from __future__ import annotations

import pytest
from syntax_samples import NEWEST, OLDEST, SAMPLES, Sample

from whimbrel.sql.first_version import SYNTAX

SINCE = {one.name: one.since for one in SYNTAX}
NUMBERS = "numbers such as "


def test_each_piece_of_syntax_has_a_sample() -> None:
    assert set(SINCE) == {sample.name for sample in SAMPLES if not sample.name.startswith(NUMBERS)}


@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_it_is_seen_before_its_first_version(sample: Sample) -> None:
    since = 16 if sample.name.startswith(NUMBERS) else SINCE[sample.name]
    for version in range(OLDEST, NEWEST + 1):
        said = any(f"does not take {sample.name}, which came with {since}" in one for one in sample.findings(version))
        assert said is (version < since), version


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE RULE r AS ON INSERT TO v DO INSTEAD INSERT INTO t VALUES (new.a) RETURNING new.a;",
        "INSERT INTO t AS x VALUES ('0xff', '1_000', 'RETURNING old.a') RETURNING x.old, a_1_2;",
        "SELECT t.a_1, 10, 1.5, 'JSON_TABLE' FROM t_2_0 AS t JOIN (SELECT 1) AS s ON true;",
        "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NO INHERIT NOT VALID, ALTER b SET NOT NULL;",
        "ALTER TABLE t ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES u (b) DEFERRABLE INITIALLY DEFERRED NOT VALID;",
        "CREATE TABLE t (a int CONSTRAINT n NOT NULL, b int, PRIMARY KEY (a), CHECK (b > -1) NO INHERIT);",
        "CREATE TABLE t (LIKE u INCLUDING ALL EXCLUDING INDEXES, a numeric(10, 2) DEFAULT -1);",
        "CREATE TABLE t (a int GENERATED ALWAYS AS (b) STORED, b int GENERATED ALWAYS AS IDENTITY);",
        "SELECT now() AT TIME ZONE 'UTC', json_object('{a,b}'), \"system_user\", json('{}') FROM t;",
        "VACUUM (INDEX_CLEANUP true, PARALLEL 1) t; ANALYZE t; REINDEX TABLE CONCURRENTLY t;",
        "COPY t FROM STDIN WITH (FORMAT csv, HEADER true, FORCE_NULL (a)); EXPLAIN (ANALYZE, BUFFERS) SELECT 1;",
        "ALTER TABLE t ALTER a SET STORAGE external, ALTER a SET STATISTICS 0; ALTER TABLE t SET UNLOGGED;",
        "GRANT a TO b WITH ADMIN OPTION GRANTED BY c; GRANT SELECT ON t TO a; SET LOCAL statement_timeout = 10;",
        "CREATE PROCEDURE p(INOUT a int) LANGUAGE sql AS '';CREATE TRIGGER g AFTER INSERT ON t EXECUTE FUNCTION f();",
        "ALTER TABLE t ALTER CONSTRAINT c DEFERRABLE; ALTER TABLE t DETACH PARTITION u;",
    ],
)
def test_what_13_takes_is_not_found(sql: str) -> None:
    assert Sample("", sql).findings(OLDEST) == []
