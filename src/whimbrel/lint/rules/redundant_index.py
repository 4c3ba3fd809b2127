"""Does another index do the work of this one?"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.schema.fold import fold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.schema.catalog import Catalog, Index, Name
    from whimbrel.sql.tree import IndexStmt

CARD = Card(
    code="WB515",
    name="redundant-index",
    severity=Severity.ADVICE,
    title="An index that is the beginning of another",
    condition=(
        "An index, neither unique nor partial, whose columns are the first of another of the same table, or "
        "that becomes so by a new one."
    ),
    effect="Queries that use the shorter index can use the longer one; both cost space, and work at each write.",
    remedy="Drop the shorter one.",
    safe="DROP INDEX CONCURRENTLY orders_user_id_idx;",
    on=False,
    sources=("https://www.postgresql.org/docs/current/indexes-multicolumn.html",),
    up_only=True,
)
KINDS = ("IndexStmt",)


def check(statement: Statement, node: IndexStmt, context: Context) -> Iterator[Found]:
    """Look at a CREATE INDEX."""
    if node.access_method != "btree" or node.where_clause or context.relation(node.relation) is None:
        return
    table = context.catalog.name_of(node.relation)
    first = node.index_params[0].element.name
    if not any(index.columns[:1] == (first,) for index in context.catalog.relations[table].indexes.values()):
        return
    after = context.catalog.alone(table)
    fold(after, "IndexStmt", node)
    old, new = context.catalog.relations[table].indexes, after.relations[table].indexes
    for name in new.keys() - old.keys():
        for other in old.values():
            for shorter, longer in ((new[name], other), (other, new[name])):
                if _begins(shorter, longer):
                    yield Found(
                        f"{shorter.name} is the beginning of {longer.name}, which does its work",
                        unless=partial(_is_gone, table=table, both={shorter.name, longer.name}),
                    )
                    break


def _begins(shorter: Index, longer: Index) -> bool:
    """Say whether the one can be dropped for the other."""
    length = len(shorter.columns)
    return (
        shorter.method == longer.method == "btree"
        and not (shorter.unique or shorter.constraint or shorter.partial or longer.partial)
        and None not in shorter.columns
        and not (shorter.included or shorter.only or longer.only)
        and longer.columns[:length] == shorter.columns
        and _first(shorter.opclasses, length) == _first(longer.opclasses, length)
        and _first(shorter.collations, length) == _first(longer.collations, length)
        and shorter.backwards == {place for place in longer.backwards if place < length}
    )


def _first(words: tuple[str, ...], length: int) -> list[str]:
    return [*words, *[""] * length][:length]


def _is_gone(final: Catalog, table: Name, both: set[str]) -> bool:
    relation = final.relations.get(table)
    return relation is None or not both <= relation.indexes.keys()
