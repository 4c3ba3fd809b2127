"""Does a trigger or rule cease to fire, or begin to?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.file import together
from whimbrel.lint.found import Found
from whimbrel.lint.later import commands

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import AlterTableCmd, RangeVar

CARD = Card(
    code="WB712",
    name="disable-trigger",
    severity=Severity.ADVICE,
    title="A trigger or rule is switched",
    condition=(
        "ALTER TABLE … DISABLE or ENABLE of a named trigger or rule, or DISABLE TRIGGER USER, in an up file, on a "
        "table that was there before, where the transaction does not switch it back. DISABLE TRIGGER ALL has a rule "
        "of its own."
    ),
    effect=(
        "What the trigger did for running code (to fill a column, to log, to forbid) is not done any more, or is done "
        "from then on."
    ),
    remedy="Switch it back in the same transaction, or release code that does the same first.",
    on=False,
    sources=("https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-DISABLE-ENABLE-TRIGGER",),
    up_only=True,
)
KINDS = (
    "AT_DisableTrig",
    "AT_DisableTrigUser",
    "AT_DisableRule",
    "AT_EnableTrig",
    "AT_EnableAlwaysTrig",
    "AT_EnableReplicaTrig",
    "AT_EnableRule",
    "AT_EnableAlwaysRule",
    "AT_EnableReplicaRule",
)


def check(statement: Statement, node: AlterTableCmd, context: Context) -> Iterator[Found]:
    """Look at a DISABLE TRIGGER and its like."""
    relation = statement.node.relation
    if context.is_new(relation):
        return
    off = node.subtype.startswith("AT_Disable")
    if off and any(_switches_back(node, other) for other in commands(statement, relation, node)):
        return
    if not off and any(_switches_back(other, node) for other in _before(statement, relation, context)):
        return
    what = f"trigger {node.name}" if node.name else "no trigger of its owner's"
    what = f"rule {node.name}" if node.subtype.endswith("Rule") else what
    state = "fires no more" if off and node.name else "fires"
    yield Found(f"{what} {state} on {relation.relname}")


def _switches_back(off: AlterTableCmd, on: AlterTableCmd) -> bool:
    wanted = off.subtype.replace("Disable", "Enable")
    return on.name == off.name and on.subtype in (wanted, wanted.replace("Enable", "EnableAlways"))


def _before(statement: Statement, relation: RangeVar, context: Context) -> Iterator[AlterTableCmd]:
    for other in together(context.earlier.altering(relation.relname), statement):
        yield from (one.command for one in other.node.cmds)
