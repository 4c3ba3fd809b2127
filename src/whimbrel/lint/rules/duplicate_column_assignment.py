"""Is a column assigned to twice?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.sql.expression import decoded
from whimbrel.sql.tree import UpdateStmt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import InsertStmt

CARD = Card(
    code="WB489",
    name="duplicate-column-assignment",
    severity=Severity.ERROR,
    title="A column is assigned to twice",
    condition="UPDATE with two values for one column, or INSERT that names one column twice.",
    effect="PostgreSQL refuses it when it runs (42601 or 42701).",
    remedy="Keep one of the two values.",
    safe="UPDATE orders SET state = 'open';",
    sources=("https://www.postgresql.org/docs/current/sql-update.html",),
)
KINDS = ("UpdateStmt", "InsertStmt")


def check(statement: Statement, node: UpdateStmt | InsertStmt, _: Context) -> Iterator[Found]:
    """Look at an UPDATE or INSERT."""
    if isinstance(node, UpdateStmt):
        written = [one.target.name for one in node.target_list if one.target is not None and not one.target.indirection]
    elif len(node.cols) > 1:
        targets = [decoded(raw).get("ResTarget", {}) for raw in node.cols]
        written = [one.get("name", "") for one in targets if "indirection" not in one]
    else:
        return
    if len(set(written)) == len(written):
        return
    for name in sorted({name for name in written if written.count(name) > 1}):
        yield Found(f"{name} of {node.relation.relname} gets a value twice, which PostgreSQL refuses")
