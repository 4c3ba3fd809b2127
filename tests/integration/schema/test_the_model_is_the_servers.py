"""Is the schema that is folded from statements the one that the server has after them?"""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from whimbrel.lint.directory import in_order
from whimbrel.lint.linter import Linter
from whimbrel.lint.rule import Selection
from whimbrel.migration.direction import Direction
from whimbrel.schema.catalog import Catalog, ConstraintKind, RelationKind

CORPORA = Path(__file__).parents[4] / "shared" / "corpora"
DIRECTORIES = ("chirpstack-as", "harbor", "kyma-keb", "svix", "xmtpd", "gitness", "concourse")
OWN = {
    "generated names": """
        CREATE TABLE a (id serial PRIMARY KEY, x int UNIQUE, y int CHECK (y > 0) CHECK (y < 9), z int CHECK (x > z));
        CREATE TABLE b (id int GENERATED ALWAYS AS IDENTITY, a int REFERENCES a, b int REFERENCES a (x), UNIQUE (a, b));
        CREATE TABLE a_very_long_name_of_a_table_that_is_cut_off_somewhere_there
            (another_long_name_of_a_column int UNIQUE, y int CHECK (y > 0));
        CREATE INDEX ON a (x); CREATE INDEX ON a (x); CREATE INDEX ON a (x, lower(y::text));
        CREATE INDEX ON a ((x + 1));
        ALTER TABLE b ADD CHECK (a > b), ADD EXCLUDE (a WITH =);
    """,
    "generated names beside those of other tables": """
        CREATE TABLE u (id int PRIMARY KEY); CREATE TABLE a (x int REFERENCES u UNIQUE CHECK (x > 0), y int UNIQUE);
        ALTER TABLE a RENAME TO b;
        CREATE TABLE a (x int REFERENCES u UNIQUE CHECK (x > 0), y int);
        CREATE TABLE c (x int CONSTRAINT a_y_key CHECK (x > 0), y int CONSTRAINT a_x_idx CHECK (y > 0));
        ALTER TABLE b RENAME CONSTRAINT a_y_key TO k; ALTER TABLE a ADD UNIQUE (y); CREATE INDEX ON a (x);
        CREATE SCHEMA s; CREATE TABLE s.a (x int REFERENCES u CHECK (x > 0)); CREATE TABLE d (LIKE a INCLUDING ALL);
    """,
    "generated names of indexes": """
        CREATE TABLE t (a int[], b jsonb, c int, d int);
        CREATE INDEX ON t (c, c); CREATE INDEX ON t ((c + d), (c - d)); CREATE INDEX ON t ((b ->> 'x'), c, (b ->> 'y'));
        CREATE INDEX ON t ((b::text)); CREATE INDEX ON t (((c + d)::text)); CREATE INDEX ON t ((a[1]));
        CREATE INDEX ON t (coalesce(c, d)); CREATE INDEX ON t (nullif(c, d)); CREATE INDEX ON t (greatest(c, d));
        CREATE INDEX ON t ((CASE WHEN c > 1 THEN 1 END)); CREATE INDEX ON t ((CASE WHEN c > 1 THEN 1 ELSE d END));
        CREATE INDEX ON t ((ARRAY[c, d])); CREATE INDEX ON t (lower(b::text)); CREATE INDEX ON t (c) INCLUDE (c);
    """,
    "indexes of partitions of partitions": """
        CREATE TABLE p (a int, b int) PARTITION BY LIST (a);
        CREATE TABLE q PARTITION OF p FOR VALUES IN (2) PARTITION BY LIST (b);
        CREATE TABLE r PARTITION OF q FOR VALUES IN (3); CREATE INDEX ON p (b); CREATE INDEX ON p (abs(a), (a + b));
        ALTER TABLE p ADD UNIQUE (a, b); CREATE INDEX i ON p (a) INCLUDE (b); DROP INDEX i;
    """,
    "generated names beside those of domains": """
        CREATE DOMAIN d AS int CONSTRAINT t_a_check CHECK (value > 0); CREATE TABLE t (a int CHECK (a > 0));
        CREATE TABLE u (a int CONSTRAINT e_check CHECK (a > 0)); CREATE DOMAIN e AS int CHECK (value > 0);
        CREATE TABLE v (a int CONSTRAINT d_check CHECK (a > 0)); ALTER DOMAIN d ADD CHECK (value < 9);
        CREATE TABLE w (a int CHECK (a > 0), CONSTRAINT d_check2 CHECK (a > 0), CONSTRAINT e_check2 CHECK (a > 0));
        ALTER TABLE w ADD CONSTRAINT x CHECK (a > 0);
    """,
    "renames": """
        CREATE TABLE a (id bigserial PRIMARY KEY, x int UNIQUE, CONSTRAINT c CHECK (x > 0));
        CREATE TABLE b (id int PRIMARY KEY, a bigint REFERENCES a);
        ALTER TABLE a RENAME TO c; ALTER TABLE c RENAME x TO y; ALTER TABLE c RENAME CONSTRAINT c TO d;
        ALTER TABLE c RENAME CONSTRAINT a_pkey TO c_pkey; ALTER INDEX a_x_key RENAME TO c_y_key;
        CREATE SCHEMA s; ALTER TABLE b SET SCHEMA s; ALTER TABLE c SET SCHEMA s; ALTER SCHEMA s RENAME TO t;
        CREATE INDEX i ON t.c (y); ALTER TABLE t.i RENAME TO j;
    """,
    "expressions": """
        CREATE TABLE a (w int, x int, y int, z int);
        CREATE INDEX i ON a ((x + 1)); CREATE INDEX j ON a (z) WHERE y > 0; CREATE INDEX k ON a (z, abs(w));
        ALTER TABLE a RENAME x TO v; ALTER TABLE a ADD x int; ALTER TABLE a DROP x; ALTER TABLE a DROP y;
        ALTER TABLE a RENAME w TO u; ALTER TABLE a DROP u;
    """,
    "drops": """
        CREATE TABLE a (id int PRIMARY KEY, x int, y int, z int, UNIQUE (x, y), CHECK (y > 0));
        CREATE TABLE b (a int REFERENCES a ON DELETE CASCADE, x int);
        CREATE INDEX ON a (z) WHERE x > 0; CREATE INDEX ON a (x); CREATE VIEW v AS SELECT x FROM a;
        ALTER TABLE a DROP COLUMN y; ALTER TABLE a DROP CONSTRAINT a_pkey CASCADE;
        DROP TABLE IF EXISTS nope; CREATE TYPE e AS ENUM ('x'); ALTER TABLE b ADD COLUMN e e, ADD f e[];
        DROP TYPE e CASCADE; CREATE SCHEMA s; CREATE TABLE s.t (id int); DROP SCHEMA s CASCADE;
        CREATE TABLE c (id int); DROP TABLE c;
    """,
    "partitions": """
        CREATE TABLE p (id int NOT NULL, v int, PRIMARY KEY (id)) PARTITION BY RANGE (id);
        CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
        CREATE INDEX p_v ON p (v); ALTER TABLE p ADD COLUMN w text DEFAULT 'x', ADD CHECK (v > 0);
        CREATE TABLE p2 (id int NOT NULL, v int, w text, CONSTRAINT p_v_check CHECK (v > 0));
        ALTER TABLE p ATTACH PARTITION p2 FOR VALUES FROM (10) TO (20);
        CREATE TABLE p3 PARTITION OF p DEFAULT; ALTER TABLE p DETACH PARTITION p1;
        ALTER TABLE p DROP COLUMN w; DROP INDEX p_v;
        CREATE TABLE parent (id int CHECK (id > 0)); CREATE TABLE child (x int) INHERITS (parent);
        ALTER TABLE parent ADD COLUMN y int;
    """,
    "defaults that are none": """
        CREATE DOMAIN d AS int DEFAULT 1;
        CREATE TABLE t (a int DEFAULT NULL, b text DEFAULT NULL::text, c d DEFAULT NULL, e int DEFAULT 1, f int);
        ALTER TABLE t ADD g int DEFAULT NULL, ALTER e SET DEFAULT NULL, ALTER f SET DEFAULT 2, ALTER c SET DEFAULT NULL;
    """,
    "keys that are one": """
        CREATE TABLE a (id int UNIQUE PRIMARY KEY, x int UNIQUE CONSTRAINT named UNIQUE, y int, UNIQUE (x, y),
            UNIQUE (y, x), UNIQUE (x, y), CONSTRAINT d UNIQUE (x, y) DEFERRABLE);
        ALTER TABLE a ADD z int UNIQUE UNIQUE;
    """,
    "attributes of a column's constraints": """
        CREATE TABLE a (id int PRIMARY KEY, w int UNIQUE DEFERRABLE, x int REFERENCES a INITIALLY DEFERRED UNIQUE,
            y int REFERENCES a ON DELETE CASCADE DEFERRABLE INITIALLY IMMEDIATE);
        ALTER TABLE a ADD z int REFERENCES a DEFERRABLE, ADD v int UNIQUE NOT DEFERRABLE;
    """,
    "columns in brackets": """
        CREATE TABLE a (x int, y text, z text);
        CREATE INDEX i ON a ((x), (y COLLATE "C"), z COLLATE "C", (x + 1)); CREATE INDEX ON a ((a.x));
        ALTER TABLE a DROP y;
    """,
    "sequences of identity columns": """
        CREATE TABLE a (id serial PRIMARY KEY, x int NOT NULL, y int GENERATED ALWAYS AS IDENTITY);
        ALTER TABLE a ALTER id DROP DEFAULT; DROP SEQUENCE a_id_seq;
        ALTER TABLE a ALTER id ADD GENERATED ALWAYS AS IDENTITY, ALTER x ADD GENERATED BY DEFAULT AS IDENTITY;
        ALTER TABLE a ALTER y DROP IDENTITY;
    """,
    "types": """
        CREATE DOMAIN d AS varchar(10) CHECK (value <> ''); CREATE TYPE c AS (a int, b text);
        CREATE TABLE t (a numeric(10, 2), b varchar(20), c char(3), d timestamptz(3), e interval, f bit(4), g int[],
            h d, i c, j double precision, k "char", l time(2) with time zone, m decimal, n character varying);
        ALTER TABLE t ALTER a TYPE bigint, ALTER b TYPE text, ALTER g TYPE bigint[];
        ALTER TABLE t ALTER a SET NOT NULL, ALTER b SET NOT NULL;
        ALTER TABLE t ALTER b DROP NOT NULL;
    """,
    "copies": """
        CREATE TABLE a (id int PRIMARY KEY, x int DEFAULT 1 CHECK (x > 0), y int UNIQUE, z int);
        CREATE INDEX a_z ON a (z); CREATE TABLE b (LIKE a INCLUDING ALL); CREATE TABLE c (LIKE a);
        CREATE TABLE d (LIKE a INCLUDING INDEXES, more int);
    """,
    "constraints from indexes": """
        CREATE TABLE a (id int NOT NULL, x int); CREATE UNIQUE INDEX i ON a (id); CREATE UNIQUE INDEX j ON a (x);
        ALTER TABLE a ADD CONSTRAINT a_pk PRIMARY KEY USING INDEX i, ADD UNIQUE USING INDEX j;
        CREATE TABLE b (x int); ALTER TABLE b ADD CONSTRAINT fk FOREIGN KEY (x) REFERENCES a NOT VALID;
        ALTER TABLE b ADD CONSTRAINT ck CHECK (x > 0) NOT VALID; ALTER TABLE b VALIDATE CONSTRAINT ck;
    """,
}
_RELATIONS = """
    SELECT n.nspname, c.relname, c.relkind::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S') AND n.nspname !~ '^pg_|information_schema' AND {mine}
"""
_COLUMNS = """
    SELECT n.nspname, c.relname, a.attname, t.typname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
        a.attgenerated = '' AND coalesce(pg_get_expr(d.adbin, d.adrelid), 'NULL') !~ '^NULL'
            OR d.oid IS NOT NULL AND t.typtype = 'd'
    FROM pg_attribute a LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
    JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_type t ON t.oid = a.atttypid
    WHERE c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
        AND n.nspname !~ '^pg_|information_schema' AND {mine}
"""
_INDEXES = """
    SELECT n.nspname, t.relname, c.relname, i.indisunique, i.indpred IS NOT NULL,
        ARRAY(SELECT a.attname::text FROM unnest(i.indkey[0:i.indnkeyatts - 1]) WITH ORDINALITY k(n, at)
              LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.n AND k.n > 0 ORDER BY k.at)
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname !~ '^pg_|information_schema' AND t.relkind IN ('r', 'p') AND {mine}
"""
_CONSTRAINTS = """
    SELECT n.nspname, t.relname, c.conname, c.contype::text, c.convalidated, c.condeferrable, f.relname
    FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_namespace n ON n.oid = t.relnamespace
    LEFT JOIN pg_class f ON f.oid = c.confrelid
    WHERE c.contype IN ('p', 'u', 'f', 'x', 'c') AND n.nspname !~ '^pg_|information_schema'
        AND t.relkind IN ('r', 'p') AND {mine}
"""
_MINE = "NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')"
_KINDS = {
    RelationKind.TABLE: "r",
    RelationKind.PARTITIONED: "p",
    RelationKind.VIEW: "v",
    RelationKind.MATERIALIZED: "m",
    RelationKind.SEQUENCE: "S",
}
_CONSTRAINT_KINDS = {
    ConstraintKind.PRIMARY: "p",
    ConstraintKind.UNIQUE: "u",
    ConstraintKind.FOREIGN: "f",
    ConstraintKind.EXCLUSION: "x",
    ConstraintKind.CHECK: "c",
}


def server_side(connection: psycopg.Connection) -> dict[str, set[tuple[object, ...]]]:
    def rows(query: str) -> set[tuple[object, ...]]:
        found = connection.execute(query.format(mine=_MINE).encode())
        return {tuple(tuple(v) if isinstance(v, list) else v for v in row) for row in found}

    return {
        "relations": rows(_RELATIONS),
        "columns": rows(_COLUMNS),
        "indexes": rows(_INDEXES),
        "constraints": rows(_CONSTRAINTS),
    }


def model_side(catalog: Catalog) -> dict[str, set[tuple[object, ...]]]:
    tables = [one for one in catalog.relations.values() if one.kind in (RelationKind.TABLE, RelationKind.PARTITIONED)]
    return {
        "relations": {(*one.name, _KINDS[one.kind]) for one in catalog.relations.values() if one.kind in _KINDS},
        "columns": {
            (
                *one.name, column.name, "_" * column.type.array + column.type.name, shown(str(column.type)),
                column.not_null, column.has_default and not column.generated,
            )
            for one in tables
            for column in one.columns.values()
        },
        "indexes": {
            (*one.name, index.name, index.unique, index.partial, index.columns)
            for one in tables
            for index in one.indexes.values()
        },
        "constraints": {
            (
                *one.name, constraint.name, _CONSTRAINT_KINDS[constraint.kind], constraint.validated,
                constraint.deferrable, constraint.references[1] if constraint.references else None,
            )
            for one in tables
            for constraint in one.constraints.values()
            if constraint.kind in _CONSTRAINT_KINDS
        },
    }  # fmt: skip


def shown(written: str) -> str:
    """Our spelling of a type in the server's words."""
    base, bracket, rest = written.partition("(")
    words = {"varchar": "character varying", "char": "character", "timestamp": "timestamp without time zone"}
    words |= {"time": "time without time zone", "char[]": "character[]", "varchar[]": "character varying[]"}
    if base in ("timestamp", "time") and bracket:
        return f"{base}({rest} without time zone" if "with" not in rest else written
    return words.get(base, base) + bracket + rest


def same(catalog: Catalog, connection: psycopg.Connection) -> None:
    model, server = model_side(catalog), server_side(connection)
    incomplete = {one.name for one in catalog.relations.values() if not one.complete}
    for kind in server:
        real, ours = (
            {
                row for row in side[kind]
                if "schema_migrations" not in str(row) and (kind == "relations" or row[:2] not in incomplete)
            }
            for side in (server, model)
        )  # fmt: skip
        assert sorted(map(str, ours - real)) == [], f"{kind} that the server does not have"
        assert sorted(map(str, real - ours)) == [], f"{kind} that the model does not have"


@pytest.mark.parametrize("name", OWN)
def test_statements_make_what_the_server_makes(name: str, database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        for piece in OWN[name].split(";"):
            connection.execute(piece.encode())
        catalog = Catalog()
        Linter(Selection([])).directory(in_order([("a.sql", "a.sql", OWN[name].encode())]), catalog)
        same(catalog, connection)


def test_statements_that_the_server_passes_over_change_nothing(database: str) -> None:
    sql = """
        CREATE TABLE a (id int, CONSTRAINT c PRIMARY KEY (id));
        CREATE FUNCTION f(int) RETURNS int LANGUAGE sql RETURN 1;
        DO $$ BEGIN ALTER TABLE a ADD CONSTRAINT c CHECK (id > 0); EXCEPTION WHEN duplicate_object THEN NULL; END $$;
        DROP FUNCTION IF EXISTS f(); DROP FUNCTION IF EXISTS f(text);
    """
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(sql.encode())
        catalog = Catalog()
        Linter(Selection([])).directory(in_order([("a.sql", "a.sql", sql.encode())]), catalog)
        same(catalog, connection)
        assert [*catalog.functions] == [("public", "f")]


@pytest.mark.parametrize("name", DIRECTORIES)
def test_real_directories_make_what_the_server_makes(name: str, database: str) -> None:
    folder = CORPORA / name
    if not folder.is_dir():
        pytest.skip(f"there is no folder {folder}: the real migration directories are not here")
    files = in_order((path.name, path.name, path.read_bytes()) for path in folder.iterdir() if path.suffix == ".sql")
    ups = [file for file in files if file.direction is Direction.UP]
    with psycopg.connect(database, autocommit=True) as connection:
        for extension in ("pg_trgm", "hstore", "citext", "btree_gin", "pgcrypto"):
            available = connection.execute(
                "SELECT FROM pg_available_extensions WHERE name = %s", [extension]
            ).fetchone()
            if available is None:
                continue
            connection.execute(f"CREATE EXTENSION {extension}".encode())
        connection.execute(b"CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean)")
        for file in ups:
            text = file.text.replace("CREATE EXTENSION ", "CREATE EXTENSION IF NOT EXISTS ")
            try:
                connection.execute(text.replace("IF NOT EXISTS IF NOT EXISTS", "IF NOT EXISTS").encode())
            except psycopg.errors.FeatureNotSupported as error:
                pytest.skip(f"the server lacks an extension: {error}")
        catalog = Catalog()
        Linter(Selection([])).directory(ups, catalog)
        same(catalog, connection)
