"""Does VACUUM FULL or CLUSTER write a table anew?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.pg_types.lock_mode import LockMode
from whimbrel.sql.expression import decoded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import RangeVar, VacuumStmt

CARD = Card(
    code="WB130",
    name="vacuum-full-or-cluster",
    severity=Severity.ERROR,
    title="VACUUM FULL and CLUSTER write tables anew while nobody can use them",
    condition="VACUUM with FULL, or CLUSTER, of a table that was there before the file or of all tables.",
    effect="It takes an ACCESS EXCLUSIVE lock on the table, which blocks reads and writes, and writes the table and "
    "all its indexes anew under it.",
    remedy="Use plain VACUUM, or pg_repack where the space must come back.",
    safe="VACUUM orders;",
    # VACUUM FULL refuses a transaction block, so its lock was watched from a second session, on 15 and 18.
    measured=("cluster",),
    lock=LockMode.ACCESS_EXCLUSIVE,
    rewrites=True,
    scans=True,
    sources=(
        "https://www.postgresql.org/docs/current/sql-vacuum.html",
        "https://www.postgresql.org/docs/current/sql-cluster.html",
    ),
)
KINDS = ("VacuumStmt", "ClusterStmt")


def check(statement: Statement, node: Any, context: Context) -> Iterator[Found]:
    """Look at a VACUUM or CLUSTER."""
    written: list[RangeVar | None]
    if statement.kind == "ClusterStmt":
        word, written = "CLUSTER", [node.relation]
    elif _full(node):
        word = "VACUUM FULL"
        written = [one.relation.relation if one.relation is not None else None for one in node.rels] or [None]
    else:
        return
    for one in written:
        if one is None:
            yield Found(f"{word} writes one table after the other anew while nobody can use it")
        elif not context.is_new(one):
            yield Found(f"{word} writes all of {one.relname} anew while nobody can use it")


def _full(node: VacuumStmt) -> bool:
    if not node.is_vacuumcmd:
        return False
    for one in node.options:
        if one.option is not None and one.option.defname == "full":
            value = str(decoded(one.option.arg) or "").lower()
            return not any(word in value for word in ("false", "'off'", "'integer': {}", "'ival': {}", "'ival': 0}"))
    return False
