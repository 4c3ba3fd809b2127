"""The model of the schema can be branched, and temporary tables end with their session."""

from __future__ import annotations

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
