"""Does the order of columns waste space in each row?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.sql.tree import names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import CreateStmt, TypeName

CARD = Card(
    code="WB521",
    name="column-alignment",
    severity=Severity.ADVICE,
    title="Columns in an order that wastes space",
    condition="CREATE TABLE whose columns of fixed length would take at least 8 bytes less a row in another order.",
    effect=(
        "The server puts each value where its type's alignment asks for, so a bigint behind a boolean begins "
        "7 unused bytes later. Text and other types of varying length are not counted."
    ),
    remedy=(
        "Put columns of 8 bytes first (bigint, timestamptz, double precision), then those of 4, 2 and 1, then "
        "those of varying length."
    ),
    safe="CREATE TABLE visits (id bigint, at timestamptz, shop integer, seen boolean, note text);",
    on=False,
    sources=("https://www.postgresql.org/docs/current/storage-page-layout.html#STORAGE-TUPLE-LAYOUT",),
    up_only=True,
)
KINDS = ("CreateStmt",)
_FEWEST, _WORTH = 4, 8
_SIZES = {
    "bool": (1, 1), "char": (1, 1), "int2": (2, 2), "int4": (4, 4), "int8": (8, 8), "float4": (4, 4), "float8": (8, 8),
    "serial": (4, 4), "bigserial": (8, 8), "smallserial": (2, 2), "serial4": (4, 4), "serial8": (8, 8),
    "serial2": (2, 2), "date": (4, 4), "time": (8, 8), "timetz": (12, 8), "timestamp": (8, 8), "timestamptz": (8, 8),
    "interval": (16, 8), "money": (8, 8), "uuid": (16, 1), "oid": (4, 4), "macaddr": (6, 4), "macaddr8": (8, 4),
}  # fmt: skip
"""Length and alignment in bytes, as in pg_type."""


def check(statement: Statement, node: CreateStmt, context: Context) -> Iterator[Found]:
    """Look at a CREATE TABLE."""
    if len(node.table_elts) < _FEWEST:
        return
    sizes = [size for one in node.table_elts if one.column is not None and (size := _size(one.column.type_name))]
    wasted = _padding(sizes) - _padding(sorted(sizes, key=lambda size: -size[1]))
    if wasted >= _WORTH:
        yield Found(f"another order of its columns makes each row of {node.relation.relname} {wasted} bytes shorter")


def _size(written: TypeName | None) -> tuple[int, int] | None:
    if written is None or written.array_bounds:
        return None
    parts = names(written.names)
    return _SIZES.get(parts[-1]) if len(parts) == 1 or parts[-2] == "pg_catalog" else None


def _padding(sizes: list[tuple[int, int]]) -> int:
    """Return the unused bytes between values in this order, and behind the last up to the next 8."""
    at = used = 0
    for length, alignment in sizes:
        at += -at % alignment + length
        used += length
    return at + -at % 8 - used
