"""PostgreSQL writes a table anew for a default that differs from row to row; we know beforehand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from folded import folded

from whimbrel.schema.volatility import BUILT_IN, volatile_function
from whimbrel.sql.grammar import parse
from whimbrel.sql.tree import AlterTableStmt, Script

if TYPE_CHECKING:
    import psycopg

    from whimbrel.schema.catalog import Catalog

CALLABLE = """
    SELECT proname, bool_and(provolatile = 'v') FROM pg_proc
    WHERE pronamespace = 'pg_catalog'::regnamespace AND prokind = 'f' AND NOT proretset
        AND prorettype NOT IN ('internal'::regtype, 'trigger'::regtype, 'event_trigger'::regtype, 'void'::regtype)
        AND prorettype::regtype::text NOT LIKE '%\\_handler'
        AND NOT 'internal'::regtype = ANY (proargtypes::oid[]) AND NOT 'cstring'::regtype = ANY (proargtypes::oid[])
    GROUP BY 1
"""
ROUTINES = """
    CREATE FUNCTION stays() RETURNS float LANGUAGE plpgsql STABLE AS 'BEGIN RETURN random(); END';
    CREATE FUNCTION moves() RETURNS float LANGUAGE plpgsql AS 'BEGIN RETURN 5; END';
    CREATE FUNCTION five() RETURNS float LANGUAGE sql AS 'SELECT 5.0::float';
    CREATE FUNCTION today() RETURNS float LANGUAGE sql AS 'SELECT extract(epoch FROM now())::float';
    CREATE FUNCTION dice() RETURNS float LANGUAGE sql AS 'SELECT floor(Random() * 6)';
    CREATE FUNCTION two_dice() RETURNS float LANGUAGE sql AS 'SELECT dice() + public.dice()';
    CREATE FUNCTION counted() RETURNS float LANGUAGE sql AS 'SELECT count(*)::float FROM pg_am';
    CREATE FUNCTION returned() RETURNS float RETURN 5;
    CREATE FUNCTION rolled() RETURNS float RETURN floor(random() * 6);
    CREATE FUNCTION asked() RETURNS float RETURN (SELECT 5);
    CREATE FUNCTION atomic() RETURNS float BEGIN ATOMIC SELECT 5; END;
    CREATE FUNCTION atomic_dice() RETURNS float BEGIN ATOMIC SELECT rolled(); END;
    CREATE FUNCTION atomic_two() RETURNS float BEGIN ATOMIC SELECT 4; SELECT 5; END;
    CREATE FUNCTION atomic_table() RETURNS float BEGIN ATOMIC SELECT 5 FROM pg_am; END;
    CREATE SEQUENCE s;
    CREATE SCHEMA other;
    CREATE FUNCTION other.moves() RETURNS float LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN 5; END';
"""


def test_the_built_in_functions_are_those_of_the_server(observer: psycopg.Connection) -> None:
    server: dict[str, bool] = dict(observer.execute(CALLABLE).fetchall())
    assert {name for name, volatile in server.items() if volatile} <= BUILT_IN
    assert {name for name in BUILT_IN if not server.get(name, True)} == set()


@pytest.mark.parametrize(
    "default",
    [
        "5", "1 + 2", "now()", "CURRENT_TIMESTAMP", "extract(epoch FROM now())", "clock_timestamp()", "random()",
        "pg_catalog.random()", "gen_random_uuid()::text", "nextval('s')", "lower(md5(random()::text))",
        "coalesce(NULL, random())", "CASE WHEN now() IS NULL THEN 'a' ELSE timeofday() END", "stays()", "moves()",
        "public.moves()", "other.moves()", "five()", "today()", "dice()", "two_dice()", "counted()",
        "returned()", "rolled()", "asked()", "atomic()", "atomic_dice()", "atomic_two()", "atomic_table()",
        "array[random()]::text", "'now'::timestamptz",
    ],
)  # fmt: skip
def test_a_default_that_the_server_must_write_row_by_row_is_volatile(
    default: str, observer: psycopg.Connection
) -> None:
    observer.execute(ROUTINES.encode())
    observer.execute("CREATE TABLE t (); INSERT INTO t DEFAULT VALUES")
    add = f"ALTER TABLE t ADD COLUMN x text DEFAULT {default}"
    before = observer.execute("SELECT pg_relation_filenode('t')").fetchone()
    observer.execute(add.encode())
    rewritten = observer.execute("SELECT pg_relation_filenode('t')").fetchone() != before
    assert (volatile_function(_default_of(add), folded(ROUTINES)) is not None) is rewritten


def test_functions_of_extensions_are_known() -> None:
    assert _named("uuid_generate_v4()") == _named("extensions.uuid_generate_v4()") == "uuid_generate_v4"
    assert _named("uuid_generate_v5(a, b)") is None


def test_a_function_that_nobody_has_seen_is_not_called_volatile() -> None:
    assert _named("unheard_of()") is None


def test_functions_that_call_each_other_have_an_end() -> None:
    routines = """
        CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT two()';
        CREATE FUNCTION two() RETURNS int LANGUAGE sql AS 'SELECT one()'
    """
    assert _named("one()", folded(routines)) is None


def _named(default: str, catalog: Catalog | None = None) -> str | None:
    return volatile_function(_default_of(f"ALTER TABLE t ADD x text DEFAULT {default}"), catalog or folded(""))


def _default_of(statement: str) -> msgspec.Raw:
    raw = msgspec.json.decode(parse(statement.encode()), type=Script).stmts[0].stmt["AlterTableStmt"]
    definition = msgspec.json.decode(raw, type=AlterTableStmt).cmds[0].command.definition
    assert definition is not None
    assert definition.column is not None
    constraint = definition.column.constraints[0].constraint
    assert constraint is not None
    return constraint.raw_expr
