"""Is an object called as the project wants?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.lint.names_made import STATEMENTS, Named, names_made
from whimbrel.lint.naming import follows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement

CARD = Card(
    code="WB533",
    name="naming-policy",
    severity=Severity.WARNING,
    title="A name that is not as the project wants it",
    condition="A name that a statement gives and that the pattern for its kind in [tool.whimbrel.lint.naming] does not "
    "match as a whole. Without patterns nothing is looked at, nor are names that nobody writes.",
    effect="None on the server: whoever reads the schema finds things under other names than elsewhere.",
    remedy="Give it a name that the pattern matches.",
    up_only=True,
)
KINDS = STATEMENTS
_CONSTRAINTS = frozenset({Named.UNIQUE, Named.CHECK, Named.EXCLUSION})


def check(statement: Statement, node: Any, context: Context) -> Iterator[Found]:
    """Look at what gives names."""
    for made in names_made(statement, context.catalog):
        pattern = context.naming.get(made.what)
        if pattern is not None and made.name and not follows(made.name, pattern, made.table):
            what = f"{made.what} constraint" if made.what in _CONSTRAINTS else made.what.replace("-", " ")
            of = f" of {made.table}" if made.table else ""
            yield Found(f"the name of the {what} {made.name}{of} is not of the form {pattern}", made.at)
