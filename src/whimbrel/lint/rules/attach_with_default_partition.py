"""Does a new partition have the default partition read through?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.lint.partition_proof import default_partition, proves_bound
from whimbrel.pg_types.lock_mode import LockMode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement

CARD = Card(
    code="WB134",
    name="attach-with-default-partition",
    severity=Severity.WARNING,
    title="A new partition has the default partition read through while nobody can use it",
    condition="ATTACH PARTITION or CREATE TABLE … PARTITION OF beside a default partition that was there before the "
    "file and has no CHECK that rules the new bound out.",
    effect="It takes an ACCESS EXCLUSIVE lock on the default partition, which blocks its reads and writes, and under "
    "it checks that no row there belongs to the new partition.",
    remedy="Add a CHECK to the default partition that rules the bound out, as NOT VALID, and validate it before.",
    safe="ALTER TABLE events_default ADD CONSTRAINT events_default_not_2024\n"
    "    CHECK (at IS NOT NULL AND (at < '2024-01-01' OR at >= '2025-01-01')) NOT VALID;\n"
    "ALTER TABLE events_default VALIDATE CONSTRAINT events_default_not_2024;",
    measured=("attach partition with DEFAULT present", "create table partition of (default present)"),
    lock=LockMode.ACCESS_EXCLUSIVE,
    rewrites=False,
    scans=True,
    sources=("https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-ATTACH-PARTITION",),
)
KINDS = ("AT_AttachPartition", "CreateStmt")


def check(statement: Statement, node: Any, context: Context) -> Iterator[Found]:
    """Look at an ATTACH PARTITION and a CREATE TABLE … PARTITION OF."""
    if statement.kind == "CreateStmt":
        if node.partbound is None or not node.inh_relations:
            return
        parent, bound, name = node.inh_relations[0].range_var, node.partbound, node.relation.relname
    else:
        cmd = node.definition.partition if node.definition is not None else None
        if cmd is None or cmd.bound is None:
            return
        parent, bound, name = statement.node.relation, cmd.bound, cmd.name.relname
    if parent is None or bound.is_default:
        return
    default = default_partition(context.catalog, context.catalog.name_of(parent))
    if default is None or context.is_fresh(default) or proves_bound(default, bound):
        return
    yield Found(f"the new partition {name} has all of {default.name[1]} read while nobody can use it")
