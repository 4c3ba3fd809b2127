"""Does TRUNCATE empty tables that nobody named?"""

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
    from whimbrel.schema.catalog import Catalog, Name
    from whimbrel.sql.tree import TruncateStmt

CARD = Card(
    code="WB497",
    name="truncate-cascade",
    severity=Severity.ERROR,
    title="TRUNCATE … CASCADE empties every table that refers to this one",
    condition="TRUNCATE … CASCADE of a table that was there before the file.",
    effect="All rows of the table are gone, and all of every table with a foreign key to it, and so on; the down file "
    "cannot bring them back. It takes an ACCESS EXCLUSIVE lock on each, which blocks reads and writes, until the "
    "transaction ends.",
    remedy="Name the tables that are to be emptied, without CASCADE.",
    safe="TRUNCATE orders, order_lines;",
    measured=("truncate cascade",),
    lock=LockMode.ACCESS_EXCLUSIVE,
    sources=("https://www.postgresql.org/docs/current/sql-truncate.html",),
)
KINDS = ("TruncateStmt",)


def check(_: Statement, node: TruncateStmt, context: Context) -> Iterator[Found]:
    """Look at a TRUNCATE."""
    if node.behavior != "DROP_CASCADE":
        return
    named = {context.catalog.name_of(one.range_var) for one in node.relations if one.range_var is not None}
    for name in sorted(named):
        if context.is_new(name):
            continue
        others = sorted(other[1] for other in _referring(name, context.catalog) - named)
        known = name in context.catalog.relations
        if others or not known:
            *some, last = [name[1], *(others or ["every table that refers to it"])]
            yield Found(f"this empties {', '.join(some)} and {last}")
        else:
            yield Found(f"this empties {name[1]}, and whatever comes to refer to it", severity=Severity.WARNING)


def _referring(name: Name, catalog: Catalog) -> set[Name]:
    found: set[Name] = set()
    waiting = [name]
    while waiting:
        for relation, _ in catalog.referencing(waiting.pop()):
            if relation.name not in found and relation.name != name:
                found.add(relation.name)
                waiting.append(relation.name)
    return found
