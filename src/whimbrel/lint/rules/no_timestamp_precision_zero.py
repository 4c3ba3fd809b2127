"""Are a time's fractions rounded away?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.sql.expression import decoded, names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.lint.rule import PlacedColumn

CARD = Card(
    code="WB500",
    name="no-timestamp-precision-zero",
    severity=Severity.ADVICE,
    title="timestamp(0) rounds",
    condition="A column or a cast of type timestamp(0) or timestamptz(0).",
    effect="The fraction is rounded, not cut: half of all times are stored up to half a second in the future.",
    remedy="Leave the precision away; where whole seconds are wanted cut them with date_trunc('second', …).",
    safe="CREATE TABLE orders (created_at timestamptz NOT NULL DEFAULT date_trunc('second', now()));",
    on=False,
    sources=("https://wiki.postgresql.org/wiki/Don%27t_Do_This#Don.27t_use_timestamp.280.29_or_timestamptz.280.29",),
    up_only=True,
)
KINDS = (
    "Column:timestamp",
    "Column:timestamptz",
    "TypeCast:timestamp|timestamptz@timestamp|timestamptz",
)
_TIMES = (("timestamp",), ("timestamptz",))


def check(statement: Statement, node: PlacedColumn | dict[str, Any], context: Context) -> Iterator[Found]:
    """Look at a column, or a cast."""
    if isinstance(node, dict):
        written = node.get("typeName", {})
        if names(written.get("names", []))[-1:] in _TIMES and _is_zero(written.get("typmods", [])):
            yield Found(
                "the cast rounds to the next second, maybe one that is yet to come", statement.at(node["location"])
            )
        return
    modifiers = node.column.type_name.typmods if node.column.type_name is not None else []
    if modifiers and _is_zero([decoded(one) for one in modifiers]):
        message = f"{node.name} rounds to the next second, maybe one that is yet to come"
        yield Found(message, statement.at(node.column.location))


def _is_zero(modifiers: list[dict[str, Any]]) -> bool:
    return bool(modifiers) and modifiers[0].get("A_Const", {}).get("ival") == {}
