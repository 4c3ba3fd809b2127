"""The model of the schema can be branched, and temporary tables end with their session."""

from __future__ import annotations

import pytest
from folded import folded

from whimbrel.lint.directory import in_order
from whimbrel.lint.linter import Linter
from whimbrel.lint.rule import Selection, entries
from whimbrel.schema.catalog import Catalog, Relation, RelationKind

NAME = ("public", "t")


def test_what_is_folded_into_a_catalog_does_not_reach_its_branch() -> None:
    catalog = Catalog()
    catalog.add(Relation(NAME, RelationKind.TABLE))
    branch = catalog.branch()
    catalog.edit(NAME).policies = frozenset({"p"})
    assert branch.relations[NAME].policies == frozenset()


def test_what_is_folded_into_a_branch_does_not_reach_the_catalog() -> None:
    catalog = Catalog()
    catalog.add(Relation(NAME, RelationKind.TABLE))
    catalog.branch().edit(NAME).policies = frozenset({"p"})
    assert catalog.relations[NAME].policies == frozenset()


def test_a_temporary_table_hides_another_one_until_its_file_ends() -> None:
    catalog = Catalog()
    catalog.add(Relation(NAME, RelationKind.TABLE))
    catalog.add(Relation(("pg_temp", "t"), RelationKind.TABLE))
    assert catalog.resolve("", "t") == ("pg_temp", "t")
    catalog.end_session()
    assert catalog.resolve("", "t") == NAME


def test_a_rule_takes_a_table_for_the_lasting_one_in_the_next_file() -> None:
    texts = {
        "1_a.up.sql": "CREATE TABLE t (a int); CREATE TEMP TABLE t (a int);",
        "2_b.up.sql": "CREATE INDEX i ON t (a);",
        "3_c.up.sql": "CREATE TEMP TABLE t (a int); CREATE INDEX i ON t (a);",
    }
    chosen = [entry for entry in entries() if entry.name == "index-not-concurrent"]
    files = in_order((name, name, text.encode()) for name, text in texts.items())
    assert [one.file.name for one in Linter(Selection(chosen)).directory(files)] == ["2_b.up.sql"]


def test_what_is_temporary_is_gone_with_all_that_names_it() -> None:
    texts = {
        "1_a.up.sql": """
            CREATE TEMP TABLE p (a int) PARTITION BY RANGE (a); CREATE TEMP TABLE c PARTITION OF p DEFAULT;
            CREATE TABLE lasting (a int); CREATE TEMP TABLE heir () INHERITS (lasting);
            CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql RETURN 1;
        """,
        "2_b.up.sql": "SELECT 1;",
    }
    catalog = Catalog()
    Linter(Selection([])).directory(in_order((name, name, text.encode()) for name, text in texts.items()), catalog)
    assert list(catalog.relations) == [("public", "lasting")]
    assert [*catalog.partitions.values(), *catalog.functions] == [()]


@pytest.mark.parametrize(
    "before",
    [
        "CREATE TEMP TABLE p (a int) PARTITION BY RANGE (a); CREATE TEMP TABLE c PARTITION OF p DEFAULT;",
        "CREATE TABLE p (a int) PARTITION BY RANGE (a); ALTER TABLE p ATTACH PARTITION elsewhere DEFAULT;",
    ],
)
def test_partitions_that_are_not_known_stop_no_rule(before: str) -> None:
    texts = {
        "1_a.up.sql": before,
        "2_b.up.sql": """
            CREATE TABLE IF NOT EXISTS p (a int) PARTITION BY RANGE (a);
            CREATE TABLE d PARTITION OF p FOR VALUES FROM (1) TO (2); ALTER TABLE p ADD COLUMN b int; DROP TABLE p;
        """,
    }
    files = in_order((name, name, text.encode()) for name, text in texts.items())
    assert Linter(Selection(list(entries()))).directory(files)


def test_a_trigger_falls_with_its_function_under_a_new_name() -> None:
    sql = """
        CREATE TABLE t (a int); CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();
        ALTER FUNCTION f() RENAME TO h; DROP FUNCTION h CASCADE;
    """
    catalog = Catalog()
    Linter(Selection([])).directory(in_order([("1_a.up.sql", "1_a.up.sql", sql.encode())]), catalog)
    assert catalog.relations[NAME].triggers == {}


def test_aggregates_and_ranges_are_made_and_dropped() -> None:
    made = "CREATE AGGREGATE a (int, text) (sfunc = f, stype = int); CREATE AGGREGATE a (*) (sfunc = f, stype = int);"
    made += "CREATE AGGREGATE s.b (basetype = int, sfunc = f, stype = int); CREATE TYPE r AS RANGE (subtype = int);"
    catalog = folded(made)
    assert catalog.functions["public", "a"].signatures == (("int4", "text"), ())
    assert catalog.functions["s", "b"].signatures == (("int4",),)
    assert ("public", "r") in catalog.types
    catalog = folded(f"{made} DROP AGGREGATE a (int, text); DROP AGGREGATE s.b (int); DROP TYPE r;")
    assert catalog.functions["public", "a"].signatures == ((),)
    assert len(catalog.functions) == 1
    assert not catalog.types


@pytest.mark.parametrize("linted", [True, False])
def test_what_stands_in_a_function_is_not_done_when_it_is_made(linted: bool) -> None:
    sql = b"CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN CREATE TABLE x (); END $$;"
    sql += b"DO $$ BEGIN EXECUTE 'CREATE TABLE ' || $q$y (a text DEFAULT 'x')$q$; END $$;"
    catalog = Catalog()
    files = in_order([("1_a.up.sql", "1_a.up.sql", sql)])
    files[0].linted = linted
    linter = Linter(Selection([]))
    linter.directory(files, catalog)
    linter.grammar.close()
    assert list(catalog.relations) == [("public", "y")]


def test_a_sequence_belongs_to_a_column_under_its_new_name() -> None:
    catalog = folded("CREATE TABLE t (a serial); ALTER TABLE t RENAME a TO b; ALTER TABLE t ADD a int;")
    assert catalog.relations["public", "t_a_seq"].owned_by == (NAME, "b")
    assert ("public", "t_a_seq") not in folded(
        "CREATE TABLE t (a serial); ALTER TABLE t RENAME a TO b; ALTER TABLE t DROP b;"
    ).relations


def test_a_foreign_key_goes_with_the_unique_index_that_it_needs() -> None:
    made = "CREATE TABLE t (a int, b int); CREATE UNIQUE INDEX i ON t (a, b); CREATE INDEX j ON t (a, b);"
    made += "CREATE TABLE u (a int, b int, CONSTRAINT k FOREIGN KEY (a, b) REFERENCES t (b, a));"
    assert not folded(f"{made} DROP INDEX i CASCADE;").relations["public", "u"].constraints
    assert folded(f"{made} DROP INDEX j CASCADE;").relations["public", "u"].constraints
