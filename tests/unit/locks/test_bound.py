"""CHECKs prove that a partition need not be read only where they surely do, and rows go where their key says."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from whimbrel.locks.bound import implies, keeps_out, routed
from whimbrel.schema.catalog import Catalog
from whimbrel.schema.fold import fold
from whimbrel.sql import grammar
from whimbrel.sql.tree import STATEMENTS, Script


def parsed(sql: str) -> list[tuple[str, Any]]:
    script = msgspec.json.decode(grammar.parse(sql.encode()), type=Script)
    return [
        (kind, msgspec.json.decode(raw, type=STATEMENTS[kind]))
        for one in script.stmts
        for kind, raw in one.stmt.items()
    ]


def attached(check: str, bound: str, column: str = "k int not null") -> tuple[Any, Any]:
    catalog = Catalog()
    for kind, node in parsed(f"create table t ({column}, check ({check}))"):
        fold(catalog, kind, node)
    ((_, node),) = parsed(f"alter table p attach partition t for values {bound}")
    return catalog.relations["public", "t"], node.cmds[0].command.definition.partition.bound


@pytest.mark.parametrize(
    ("check", "bound", "inside"),
    [
        ("k >= 5 and k < 10", "from (5) to (10)", True),
        ("k >= 5 and k <= 9", "from (5) to (10)", True),
        ("k >= 5 and k <= 10", "from (5) to (10)", False),
        ("k > 4 and k < 10", "from (5) to (10)", False),
        ("k >= 6 and 9 > k", "from (5) to (10)", True),
        ("k >= 5", "from (5) to (10)", False),
        ("k >= 5", "from (5) to (maxvalue)", True),
        ("k < 10", "from (minvalue) to (10)", True),
        ("k = 7", "from (5) to (10)", True),
        ("k in (5, 9)", "from (5) to (10)", True),
        ("k in (5, 10)", "from (5) to (10)", False),
        ("k = 5", "in (5, 6)", True),
        ("k in (5, 7)", "in (5, 6)", False),
        ("k = any (array[5, 6])", "in (5, 6)", True),
        ("k >= 5 or k < 10", "from (5) to (10)", False),
        ("k >= 5 and k < 10", "with (modulus 2, remainder 0)", False),
        ("k >= '2026-01-01' and k < '2026-02-01'", "from ('2026-01-01') to ('2026-02-01')", True),
        ("k >= '2026-1-1' and k < '2026-02-01'", "from ('2026-01-01') to ('2026-02-01')", False),
        ("k >= 'a' and k < 'b'", "from ('a') to ('b')", False),
        ("k >= 5 and k < 10", "from (f(5)) to (10)", False),
    ],
)
def test_a_check_proves_that_all_rows_are_inside(check: str, bound: str, inside: bool) -> None:
    relation, read = attached(check, bound)
    assert implies(relation, ("k",), read) is inside


def test_a_key_that_may_be_null_proves_nothing_of_a_range() -> None:
    relation, read = attached("k >= 5 and k < 10", "from (5) to (10)", "k int")
    assert not implies(relation, ("k",), read)
    relation, read = attached("k is not null and k >= 5 and k < 10", "from (5) to (10)", "k int")
    assert implies(relation, ("k",), read)


@pytest.mark.parametrize(
    ("check", "outside"), [("k < 5", True), ("k >= 10", True), ("k < 6", False), ("k > 4", False), ("k <> 7", False)]
)
def test_a_check_proves_that_no_row_is_inside(check: str, outside: bool) -> None:
    relation, read = attached(check, "from (5) to (10)")
    assert keeps_out(relation, ("k",), read) is outside


@pytest.mark.parametrize(
    ("value", "partition"),
    [("5", "a"), ("9", "a"), ("10", "b"), ("-1", "rest"), ("99", "rest"), ("f()", None), ("'x'", None)],
)
def test_a_row_goes_to_the_partition_of_its_key(value: str, partition: str | None) -> None:
    catalog = Catalog()
    sql = (
        "create table p (k int) partition by range (k); create table a partition of p for values from (0) to (10);"
        "create table b partition of p for values from (10) to (20); create table rest partition of p default;"
    )
    for kind, node in parsed(sql):
        fold(catalog, kind, node)
    raw = msgspec.json.decode(grammar.parse(f"select {value}".encode()))
    literal = raw["stmts"][0]["stmt"]["SelectStmt"]["targetList"][0]["ResTarget"]["val"]
    found = routed(catalog, catalog.relations["public", "p"], literal)
    assert (found[1] if found else None) == partition
