"""Do blocks that are rolled back, settings that end with them, and bodies of DO leave the schema that a server has?

Each case was run on PostgreSQL 15 and 18, which locked the relation named.
"""

from __future__ import annotations

import pytest

from whimbrel.lint.directory import in_order
from whimbrel.lint.effects import Told, effects_in, fold_file
from whimbrel.lint.grammar_process import GrammarProcess
from whimbrel.lint.linter import Linter
from whimbrel.lint.rule import Selection
from whimbrel.schema.catalog import Catalog

FIXTURE = "create schema app; create table wide (a int); create table app.wide (a int, b int);"
APP, PUBLIC = ("app", "wide"), ("public", "wide")


def last(text: str) -> Told:
    grammar = GrammarProcess()
    try:
        catalog = Catalog()
        before, file = in_order([("1.sql", "1.sql", FIXTURE.encode()), ("2.sql", "2.sql", text.encode())])
        fold_file(before, catalog, grammar)
        return list(effects_in(file, catalog, grammar, 15))[-1]
    finally:
        grammar.close()


@pytest.mark.parametrize(
    ("before", "locked"),
    [
        ("begin; set local search_path = app", APP),
        ("begin; set local search_path = app; commit", PUBLIC),
        ("begin; set local search_path = app; rollback", PUBLIC),
        ("begin; set search_path = app; commit", APP),
        ("begin; set search_path = app; rollback", PUBLIC),
        ("set search_path = app; begin; set local search_path = public; end", APP),
        ("begin; set local search_path = public; set search_path = app; commit", APP),
        ("begin; set search_path = app; set local search_path = public; commit", APP),
        ("begin; savepoint s; set search_path = app; rollback to s", PUBLIC),
        ("begin; savepoint s; set search_path = app; release s; commit", APP),
        ("begin; set local search_path = app; savepoint s; set search_path = public; rollback to s; commit", PUBLIC),
        ("begin; set search_path = app; savepoint s; set search_path = public; rollback to s; commit", APP),
        ("begin; set search_path = app; rollback and chain", PUBLIC),
        ("begin; set search_path = app; commit and chain; set search_path = public; rollback", APP),
        ("begin; alter table app.wide rename to x; rollback; set search_path = app", APP),
        ("select set_config('search_path', 'app', false)", APP),
        ("select pg_catalog.set_config('search_path', '\"app\", public', false)", APP),
        ("select set_config('search_path', 'APP', false)", APP),
        ("begin; select set_config('search_path', 'app', true); commit", PUBLIC),
        ("begin; select set_config('search_path', 'app', false); commit", APP),
        ("set search_path = app; discard all", PUBLIC),
        ("set search_path = app; reset all", PUBLIC),
        ("set search_path = app; discard temp", APP),
        ("create temp table wide (a int); discard temp", PUBLIC),
        ("create temp table wide (a int); discard all", PUBLIC),
    ],
)
def test_the_schema_that_is_meant_is_that_of_the_server(before: str, locked: tuple[str, str]) -> None:
    effect = last(f"{before}; alter table wide add c int").effect
    assert list(effect.locks or ()) == [locked]
    assert effect.error is None


@pytest.mark.parametrize(
    ("before", "refused"),
    [
        ("begin; alter table wide add c int", True),
        ("begin; alter table wide add c int; commit", True),
        ("begin; alter table wide add c int; rollback", False),
        ("begin; alter table wide add c int; abort", False),
        ("begin; savepoint s; alter table wide add c int; rollback to s", False),
        ("begin; savepoint s; alter table wide add c int; rollback to s; rollback to s", False),
        ("begin; alter table wide add c int; savepoint s; rollback to s; commit", True),
        ("begin; savepoint s; savepoint t; alter table wide add c int; rollback to s; commit", False),
        ("begin; savepoint s; release s; alter table wide add c int; rollback; begin", False),
        ("do 'begin alter table wide add c int; end'", True),
        ("begin; do 'begin alter table wide add c int; end'; rollback", False),
        ("create function f() returns void language plpgsql as 'begin alter table wide add c int; end'", False),
    ],
)
def test_what_is_rolled_back_never_was(before: str, refused: bool) -> None:
    assert (last(f"{before}; alter table wide add c int").effect.error is not None) is refused
    for reads_only in (False, True):
        catalog = Catalog()
        files = in_order((name, name, text.encode()) for name, text in (("1.sql", FIXTURE), ("2.sql", before)))
        linter = Linter(Selection([]))
        if reads_only:
            linter.read(files, catalog)
        else:
            linter.directory(files, catalog)
        assert ("c" in catalog.relations[PUBLIC].columns) is refused


@pytest.mark.parametrize(
    ("before", "rewritten"),
    [
        ("begin; set local timezone = 'UTC'; commit", None),
        ("begin; set timezone = 'UTC'; commit", False),
        ("begin; set timezone = 'UTC'; rollback", None),
        ("select set_config('TimeZone', 'UTC', false)", False),
        ("set timezone = 'UTC'; discard all", None),
    ],
)
def test_the_time_zone_ends_with_its_block(before: str, rewritten: bool | None) -> None:
    text = f"create table z (t timestamp); {before}; alter table z alter t type timestamptz"
    rewrites = last(text).effect.rewrites
    assert (None if rewrites is None else bool(rewrites)) is rewritten
