"""Is a column too small for numbers that grow?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.pg_types.lock_mode import LockMode
from whimbrel.sql.tree import names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.lint.rule import PlacedColumn

CARD = Card(
    code="WB593",
    name="prefer-bigint",
    severity=Severity.ADVICE,
    title="A column of type integer or smallint",
    condition="A column of type integer, smallint, serial or smallserial that refers to no other table.",
    effect=(
        "An integer ends at 2147483647, a smallint at 32767, and then INSERT fails. The way to bigint takes "
        "an ACCESS EXCLUSIVE lock and writes the whole table anew, while reads and writes wait."
    ),
    remedy="Use bigint, which costs 4 bytes more a row, often none for alignment.",
    safe="CREATE TABLE visits (id bigint PRIMARY KEY, hits bigint);",
    on=False,
    measured=("type int->bigint",),
    lock=LockMode.ACCESS_EXCLUSIVE,
    rewrites=True,
    scans=True,
    sources=("https://www.postgresql.org/docs/current/datatype-numeric.html",),
    up_only=True,
)
KINDS = (
    "Column:int4",
    "Column:int2",
    "Column:serial",
    "Column:serial4",
    "Column:smallserial",
    "Column:serial2",
)
_END = dict.fromkeys(("int4", "serial", "serial4"), 2147483647) | dict.fromkeys(
    ("int2", "smallserial", "serial2"), 32767
)


def check(statement: Statement, node: PlacedColumn, context: Context) -> Iterator[Found]:
    """Look at a column."""
    if node.column.type_name is None or _refers(statement, node):
        return
    yield Found(
        f"{node.name} ends at {_END[names(node.column.type_name.names)[-1]]}", statement.at(node.column.location)
    )


def _refers(statement: Statement, node: PlacedColumn) -> bool:
    """Say whether a foreign key tells which type it is."""
    if any(one.constraint and one.constraint.contype == "CONSTR_FOREIGN" for one in node.column.constraints):
        return True
    if statement.kind == "CreateStmt":
        others = [one.constraint for one in statement.node.table_elts]
    else:
        others = [one.command.definition.constraint for one in statement.node.cmds if one.command.definition]
    name = node.changed or node.column.colname
    return any(one is not None and name in names(one.fk_attrs) for one in others)
