"""Does a rule rewrite queries?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import RuleStmt

CARD = Card(
    code="WB504",
    name="no-rules",
    severity=Severity.ADVICE,
    title="A rule",
    condition="CREATE RULE.",
    effect=(
        "A rule does not run beside a query, it changes the query's text: expressions such as nextval() or "
        "random() are worked out twice, RETURNING and row counts change, and a rule with conditions writes "
        "rows that it does not seem to."
    ),
    remedy="Use a trigger, on a view an INSTEAD OF trigger.",
    safe="CREATE TRIGGER orders_log AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION log_order();",
    on=False,
    sources=("https://wiki.postgresql.org/wiki/Don%27t_Do_This#Don.27t_use_rules",),
    up_only=True,
)
KINDS = ("RuleStmt",)


def check(statement: Statement, node: RuleStmt, context: Context) -> Iterator[Found]:
    """Look at a CREATE RULE."""
    yield Found(f"the rule {node.rulename} changes the text of queries on {node.relation.relname}")
