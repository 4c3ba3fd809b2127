"""Is a column padded with spaces?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.pg_types.lock_mode import LockMode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.lint.rule import PlacedColumn

CARD = Card(
    code="WB596",
    name="no-char-n",
    severity=Severity.ADVICE,
    title="char(n) pads with spaces",
    condition="A column of type char(n), or char, which is char(1).",
    effect=(
        "Shorter texts are filled up with spaces, which some operators count and others do not; longer ones "
        "are refused, shorter ones are not, so it does not even guard a code of fixed length. It is not "
        "quicker than text. A change to another type or length takes an ACCESS EXCLUSIVE lock and writes the "
        "whole table anew."
    ),
    remedy="Use text; for codes of a fixed length add a CHECK.",
    safe="CREATE TABLE countries (code text CONSTRAINT countries_code_length CHECK (length(code) = 2));",
    measured=("type char(5)->text", "type char(5)->varchar(5)", "type char(5)->char(10)"),
    lock=LockMode.ACCESS_EXCLUSIVE,
    rewrites=True,
    scans=True,
    sources=(
        "https://wiki.postgresql.org/wiki/Don%27t_Do_This#Don.27t_use_char.28n.29",
        "https://wiki.postgresql.org/wiki/Don%27t_Do_This#Don.27t_use_char.28n.29_even_for_fixed-length_identifiers",
    ),
    up_only=True,
)
KINDS = ("Column:bpchar",)


def check(statement: Statement, node: PlacedColumn, context: Context) -> Iterator[Found]:
    """Look at a column."""
    if not node.column.type_name or not node.column.type_name.typmods:
        return
    yield Found(f"{node.name} is filled up with spaces to its length", statement.at(node.column.location))
