"""The locks that rules speak of are those that PostgreSQL 13 to 18 took, as far as a rule needs to know them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from measured import MODES, Row, before, name, rows, statements

from whimbrel.lint.context import Context
from whimbrel.lint.file import File, Statement
from whimbrel.lint.strong_locks import own_locks
from whimbrel.pg_types.lock_mode import LockMode
from whimbrel.schema.catalog import Catalog, RelationKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.schema.catalog import Name

OLDEST_SUPPORTED: Final = 15
"""Before it, a dropped table's partitioned parent, and (13 alone) a detached partition, is locked less."""
LEFT_OUT: Final = (
    " cascade", "do '", "create schema x1", "alter domain ", "alter constraint", "lock table vw",
    "detach partition pfk1", "create table pfk3 partition of pfk", "attach partition pfkn", "attach partition np9",
    "attach partition em9", "sp1", "detach partition fp1", "alter index tt ", "create table mp2",
)  # fmt: skip
"""What falls along by CASCADE, stands in other statements, or is found by ways that only `whimbrel.locks` follows."""


def said(row: Row, catalog: Catalog) -> dict[Name, LockMode] | None:
    """Return what the linter says of a row's statement; None for several statements."""
    parsed = statements(row.statement)
    if len(parsed) != 1:
        return None
    file = File("1_x.up.sql", "1_x.up.sql", row.statement.encode(), ordinal=1_000_000)
    statement = Statement(file, parsed[0][0], parsed[0][2], 0, len(file.data), 0)
    return own_locks(statement, Context(catalog, file, row.version))


def above(catalog: Catalog, child: Name) -> Iterator[Name]:
    for parent, children in catalog.partitions.items():
        if child in children:
            yield parent
            yield from above(catalog, parent)


def test_no_rule_speaks_of_a_lock_that_the_server_does_not_take() -> None:
    wrong: set[tuple[str, Name, int]] = set()
    asked = 0
    for row in rows():
        if row.error or row.version < OLDEST_SUPPORTED:
            continue
        taken = {name(written): MODES[mode] for written, mode in row.found["locks"].items()}
        own = said(row, before(row))
        asked += own is not None
        wrong |= {(row.key, one, mode) for one, mode in (own or {}).items() if taken.get(one, 0) < mode}
    assert wrong == set()
    assert asked > 4_000


def test_of_the_tables_that_are_locked_only_those_of_listed_statements_are_left_out() -> None:
    """Partitions and heirs are locked with what stands above them, of which a rule speaks."""
    short: set[str] = set()
    listed: set[str] = set()
    for row in rows():
        catalog = before(row)
        own = None if row.error else said(row, catalog)
        if own is None:
            continue
        for written, mode in row.found["locks"].items():
            relation = catalog.relations.get(name(written))
            if relation is None or relation.kind not in (RelationKind.TABLE, RelationKind.PARTITIONED):
                continue
            known = [own.get(one, 0) for one in (relation.name, *above(catalog, relation.name))]
            if max(known) < MODES[mode] >= LockMode.SHARE:
                reasons = {part for part in LEFT_OUT if part in row.statement}
                listed |= reasons
                short |= set() if reasons else {row.key}
    assert short == set()
    assert listed == set(LEFT_OUT)
