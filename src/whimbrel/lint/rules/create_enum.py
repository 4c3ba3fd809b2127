"""Is an enum made, whose values stay for ever?"""

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
    from whimbrel.sql.tree import CreateEnumStmt

CARD = Card(
    code="WB375",
    name="create-enum",
    severity=Severity.ADVICE,
    title="An enum can lose no value",
    condition="CREATE TYPE … AS ENUM in an up file.",
    effect="A value can be added and renamed, but not removed: that takes a new type and a rewrite of each column.",
    remedy="Make a small table of the values with a foreign key to it, or a text column with a CHECK.",
    safe="CREATE TABLE states (name text PRIMARY KEY);",
    on=False,
    sources=("https://www.postgresql.org/docs/current/datatype-enum.html#DATATYPE-ENUM-IMPLEMENTATION-DETAILS",),
    up_only=True,
)
KINDS = ("CreateEnumStmt",)


def check(statement: Statement, node: CreateEnumStmt, context: Context) -> Iterator[Found]:
    """Look at a CREATE TYPE … AS ENUM."""
    yield Found(f"values of the enum {names(node.type_name)[-1]} cannot be removed later")
