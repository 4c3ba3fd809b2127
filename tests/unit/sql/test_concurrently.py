from __future__ import annotations

import pytest

from whimbrel.sql.concurrently import (
    CreateIndex,
    Detach,
    DropIndex,
    ObjectKind,
    Reindex,
    ReindexKind,
    SharedObject,
    parse_create_index,
    parse_detach,
    parse_drop_index,
    parse_object,
    parse_reindex,
)

NAMELESS = CreateIndex(unique=False, if_not_exists=False, name=None, table="t", rest="(a)")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("create index concurrently on t (a);", NAMELESS, id="no name"),
        pytest.param("create index on only t (a)", NAMELESS, id="ONLY"),
        pytest.param("create index on only ( t ) (a)", NAMELESS, id="ONLY in parentheses"),
        pytest.param("create index on t * (a)", NAMELESS, id="with its children"),
        pytest.param("create index on t (a) -- c\n ; -- d", NAMELESS, id="comments at the end"),
        pytest.param(
            "-- c\nCREATE UNIQUE INDEX /* d */ CONCURRENTLY IF NOT EXISTS Idx_Ä ON Public . T\n"
            "USING btree (a, lower(b))"
            " INCLUDE (c) NULLS NOT DISTINCT WITH (fillfactor = 70) TABLESPACE x WHERE a > 0 /* e */;",
            CreateIndex(
                unique=True,
                if_not_exists=True,
                name="idx_Ä",
                table="Public.T",
                rest="USING btree (a, lower(b))"
                " INCLUDE (c) NULLS NOT DISTINCT WITH (fillfactor = 70) TABLESPACE x WHERE a > 0",
            ),
            id="all of it",
        ),
        pytest.param(
            'create index "I ""x""; -- y" on "S"."T.t" (a)',
            CreateIndex(unique=False, if_not_exists=False, name='I "x"; -- y', table='"S"."T.t"', rest="(a)"),
            id="quoted names",
        ),
        pytest.param(
            'create index U&"\\0441\\+01F600" on u&"d!0061""" uescape \'!\' . t (a)',
            CreateIndex(unique=False, if_not_exists=False, name="с😀", table='"da""".t', rest="(a)"),
            id="U& names",
        ),
        pytest.param(
            f"create index {'X' * 70} on t (a)",
            CreateIndex(unique=False, if_not_exists=False, name="x" * 63, table="t", rest="(a)"),
            id="a name that is cut",
        ),
        pytest.param(
            "create index if on t (a)",
            CreateIndex(unique=False, if_not_exists=False, name="if", table="t", rest="(a)"),
            id="an index called if",
        ),
    ],
)
def test_create_index_is_read(text: str, expected: CreateIndex) -> None:
    assert parse_create_index(text) == expected


@pytest.mark.parametrize(
    "text", ["create table t ()", "drop index i", "create index i", "create index on 'x'", "create unique"]
)
def test_what_creates_no_index_is_not_read_as_such(text: str) -> None:
    assert parse_create_index(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("drop index i;", DropIndex(if_exists=False, names=("i",), cascade=False), id="one"),
        pytest.param(
            'DROP INDEX CONCURRENTLY IF EXISTS s . I, "x;y" -- c\n;',
            DropIndex(if_exists=True, names=("s.I", '"x;y"'), cascade=False),
            id="two, concurrently",
        ),
        pytest.param("drop index i cascade", DropIndex(if_exists=False, names=("i",), cascade=True), id="CASCADE"),
        pytest.param("drop index i restrict", DropIndex(if_exists=False, names=("i",), cascade=False), id="RESTRICT"),
        pytest.param("drop table i", None, id="another statement"),
        pytest.param("drop index i,", None, id="a name is missing"),
    ],
)
def test_drop_index_is_read(text: str, expected: DropIndex | None) -> None:
    assert parse_drop_index(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("reindex index s.i", Reindex(ReindexKind.INDEX, "s.i", concurrently=False), id="index"),
        pytest.param("REINDEX TABLE CONCURRENTLY T;", Reindex(ReindexKind.TABLE, "T", concurrently=True), id="table"),
        pytest.param(
            "reindex (verbose, concurrently) schema s", Reindex(ReindexKind.SCHEMA, "s", concurrently=True), id="option"
        ),
        pytest.param(
            "reindex (concurrently off) table t", Reindex(ReindexKind.TABLE, "t", concurrently=False), id="option off"
        ),
        pytest.param("reindex database", Reindex(ReindexKind.DATABASE, None, concurrently=False), id="this database"),
        pytest.param("reindex system d", Reindex(ReindexKind.SYSTEM, "d", concurrently=False), id="system"),
        pytest.param("reindex", None, id="nothing named"),
        pytest.param("vacuum", None, id="another statement"),
    ],
)
def test_reindex_is_read(text: str, expected: Reindex | None) -> None:
    assert parse_reindex(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            'alter table if exists only s.p detach partition "C" concurrently;',
            Detach("s.p", '"C"', concurrently=True, finalize=False),
            id="concurrently",
        ),
        pytest.param(
            "ALTER TABLE p DETACH PARTITION s.c FINALIZE",
            Detach("p", "s.c", concurrently=False, finalize=True),
            id="end",
        ),
        pytest.param(
            "alter table p detach partition c", Detach("p", "c", concurrently=False, finalize=False), id="plain"
        ),
        pytest.param("alter table p attach partition c default", None, id="attach"),
        pytest.param("alter index p attach partition c", None, id="index"),
    ],
)
def test_detach_partition_is_read(text: str, expected: Detach | None) -> None:
    assert parse_detach(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            'create database "My Db" with owner x',
            SharedObject(ObjectKind.DATABASE, drop=False, name="My Db", if_exists=False),
            id="create database",
        ),
        pytest.param(
            "DROP DATABASE IF EXISTS Db WITH (FORCE);",
            SharedObject(ObjectKind.DATABASE, drop=True, name="db", if_exists=True),
            id="drop database",
        ),
        pytest.param(
            "create tablespace T location '/x'",
            SharedObject(ObjectKind.TABLESPACE, drop=False, name="t", if_exists=False),
            id="create tablespace",
        ),
        pytest.param(
            "drop subscription s",
            SharedObject(ObjectKind.SUBSCRIPTION, drop=True, name="s", if_exists=False),
            id="drop",
        ),
        pytest.param("create table t ()", None, id="another object"),
        pytest.param("alter database d rename to e", None, id="another statement"),
        pytest.param("drop database", None, id="no name"),
    ],
)
def test_create_and_drop_of_shared_objects_are_read(text: str, expected: SharedObject | None) -> None:
    assert parse_object(text) == expected
