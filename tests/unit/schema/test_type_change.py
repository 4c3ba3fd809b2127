"""What becomes of a table when a column's type changes is what was measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from type_changes import CASES, PREPARED

from whimbrel.schema.catalog import Catalog
from whimbrel.schema.fold import fold
from whimbrel.schema.fold_table import collation_of
from whimbrel.schema.type_change import TypeChange, computes, type_change
from whimbrel.schema.types import type_of
from whimbrel.sql import grammar
from whimbrel.sql.tree import STATEMENTS, AlterTableStmt, Script

if TYPE_CHECKING:
    from collections.abc import Iterator

LOCKS = Path(__file__).parents[2] / "locks"
MEASURED: dict[str, dict[str, Any]] = json.loads((LOCKS / "locks15.json").read_text())
ROWS = [name for name, row in MEASURED.items() if name.startswith("type ") and "err" not in row]


def statements(text: str) -> Iterator[tuple[str, Any]]:
    script = msgspec.json.decode(grammar.parse(text.encode()), type=Script)
    for parsed in script.stmts:
        for kind, raw in parsed.stmt.items():
            struct = STATEMENTS.get(kind)
            yield kind, None if struct is None else msgspec.json.decode(raw, type=struct)


@pytest.fixture(scope="module")
def fixture_catalog() -> Catalog:
    catalog = Catalog()
    for kind, node in statements((LOCKS / "fixture.sql").read_text()):
        fold(catalog, kind, node)
    return catalog


def changes(catalog: Catalog, statement: str, *, utc: bool = True) -> TypeChange:
    [(_, node)] = statements(statement)
    assert isinstance(node, AlterTableStmt)
    relation = catalog.relation(node.relation)
    assert relation is not None
    command = node.cmds[0].command
    assert command.definition is not None
    new = command.definition.column
    assert new is not None
    assert new.type_name is not None
    column = relation.columns[command.name]
    return type_change(
        column.type, type_of(new.type_name, catalog), using=computes(new.raw_default, command.name), utc=utc,
        catalog=catalog, recollated=collation_of(new) != column.collation,
    )  # fmt: skip


@pytest.mark.parametrize("name", ROWS)
def test_it_rewrites_what_was_measured_to_be_rewritten(name: str, fixture_catalog: Catalog) -> None:
    row = MEASURED[name]
    utc = "Oslo" not in (row.get("before") or "")
    change = changes(fixture_catalog, row["stmt"], utc=utc)
    assert (change is TypeChange.REWRITE) == bool(row["rewrite"])
    if row["newidx"] and not row["rewrite"]:
        assert (change is TypeChange.REINDEX) == bool(row["scan"])


def test_there_are_rows_to_test() -> None:
    assert len(ROWS) > 40


@pytest.mark.parametrize(("old", "new", "change"), CASES)
def test_more_forms(old: str, new: str, change: TypeChange) -> None:
    assert changes(prepared(old), f"alter table x alter c type {new}") is change


def prepared(old: str) -> Catalog:
    catalog = Catalog()
    for kind, node in statements(f"{PREPARED}; create table x (c {old})"):
        fold(catalog, kind, node)
    return catalog


@pytest.mark.parametrize(
    ("using", "expected"),
    [("c", False), ("c::text", False), ("x.c", False), ("c || ''", True), ("null::text", True), ("d", True)],
)
def test_a_using_computes_unless_it_is_the_column_or_a_cast_of_it(using: str, *, expected: bool) -> None:
    change = changes(prepared("text"), f"alter table x alter c type text using {using}")
    assert (change is TypeChange.REWRITE) == expected


def test_a_time_with_zone_from_one_without_is_written_anew_outside_of_utc() -> None:
    assert changes(prepared("timestamp"), "alter table x alter c type timestamptz", utc=False) is TypeChange.REWRITE
    assert changes(prepared("timestamptz"), "alter table x alter c type timestamp", utc=False) is TypeChange.REWRITE
