"""Of which columns does a view depend? The model says what pg_depend says, and knows each view's own columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from folded import folded

if TYPE_CHECKING:
    import psycopg

TABLES = """
    CREATE SCHEMA s;
    CREATE TABLE t (id int, a int, b int, c int); CREATE TABLE u (id int, a int, d int, x int);
    CREATE TABLE s.t (id int, e int); CREATE VIEW w AS SELECT id AS n, a FROM t;
"""
QUERIES = [
    "SELECT t.a, d FROM t, u",
    "SELECT x.* FROM t x JOIN u USING (id)",
    "SELECT * FROM t NATURAL JOIN u",
    "SELECT count(*) FROM t",
    "SELECT a FROM t ORDER BY b DESC LIMIT 1",
    "SELECT a AS b FROM t ORDER BY b",
    "SELECT a + 1 AS b FROM t GROUP BY a, c HAVING max(b) > 1",
    "SELECT DISTINCT ON (b) a FROM t",
    "SELECT t FROM t WHERE b = 1",
    "SELECT (t).b FROM t",
    "SELECT (t).* FROM t",
    "SELECT * FROM t JOIN (u JOIN s.t y USING (id)) USING (id, a)",
    "SELECT q.y FROM (SELECT a AS y, b FROM t) q",
    "SELECT q.n FROM (SELECT a, b FROM t) q (m, n)",
    "SELECT f FROM t AS q (e, f)",
    "SELECT id FROM t WHERE EXISTS (SELECT FROM u WHERE u.id = t.id AND d = b)",
    "SELECT (SELECT d FROM u WHERE u.id = c) FROM t",
    "WITH t AS (SELECT a AS z FROM u) SELECT z FROM t",
    "WITH RECURSIVE r (i) AS (SELECT id FROM t UNION ALL SELECT a FROM u JOIN r ON i = u.id) SELECT i FROM r",
    "SELECT a FROM t UNION SELECT d FROM u ORDER BY a",
    "SELECT e FROM s.t",
    "SELECT s.t.e, p.b FROM s.t, t p",
    "SELECT j.b, j.x FROM (t JOIN u ON t.c = u.x) AS j (i, a, b, c, i2, a2)",
    "SELECT l.m FROM t, LATERAL (SELECT d + b AS m FROM u) l",
    "SELECT t.a, g FROM t, generate_series(1, t.c) g",
    "SELECT w.a, n FROM w, t TABLESAMPLE system (1)",
    "SELECT w.* FROM w",
    "SELECT a, row_number() OVER (PARTITION BY b ORDER BY c) FROM t",
    "SELECT sum(a) FILTER (WHERE b > 0) FROM t",
    "SELECT CASE WHEN a > 0 THEN b END FROM t",
    "VALUES (1, 2)",
    "SELECT column2 FROM (VALUES (1, 2)) v",
    "SELECT id FROM t WHERE (a, b) IN (SELECT d, x FROM u)",
]
DEPENDS = """
    SELECT tn.nspname::text, t.relname::text, a.attname::text
    FROM pg_rewrite r JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refobjsubid > 0
    JOIN pg_class t ON t.oid = d.refobjid AND t.oid <> r.ev_class JOIN pg_namespace tn ON tn.oid = t.relnamespace
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
    WHERE r.ev_class = 'v'::regclass
"""
COLUMNS = "SELECT attname::text FROM pg_attribute WHERE attrelid = 'v'::regclass AND attnum > 0 ORDER BY attnum"


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("kind", ["VIEW", "MATERIALIZED VIEW"])
def test_a_view_reads_what_the_server_says(kind: str, query: str, observer: psycopg.Connection) -> None:
    sql = f"{TABLES}; CREATE {kind} v AS {query}"
    observer.execute(sql.encode())
    view = folded(sql).relations["public", "v"]
    read = {(*name, column) for name, column in view.reads_columns}
    assert read == set(observer.execute(DEPENDS).fetchall())
    assert not view.may_read
    columns = tuple(row[0] for row in observer.execute(COLUMNS))
    assert view.outputs in ((), columns)


def test_what_is_read_follows_other_names(observer: psycopg.Connection) -> None:
    sql = f"""
        {TABLES}; CREATE VIEW v AS SELECT w.n, t.*, x.e FROM w, t, s.t x;
        ALTER TABLE t RENAME a TO aa; ALTER TABLE t RENAME TO tt; ALTER TABLE s.t RENAME TO z;
        ALTER TABLE s.z SET SCHEMA public;         ALTER VIEW w RENAME n TO m; ALTER VIEW v RENAME e TO ee;
    """
    observer.execute(sql.encode())
    view = folded(sql).relations["public", "v"]
    assert {(*name, column) for name, column in view.reads_columns} == set(observer.execute(DEPENDS).fetchall())
    assert view.outputs == tuple(row[0] for row in observer.execute(COLUMNS))
