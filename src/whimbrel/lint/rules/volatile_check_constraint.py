"""Can a row that a CHECK let in fail it later?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.schema.volatility import volatile_function
from whimbrel.sql.expression import decoded, functions, holds, nodes
from whimbrel.sql.tree import CreateDomainStmt, names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from msgspec import Raw

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.lint.rule import PlacedConstraint

CARD = Card(
    code="WB526",
    name="volatile-check-constraint",
    severity=Severity.ADVICE,
    title="A CHECK that does not always say the same",
    condition=(
        "A CHECK whose expression calls a function of the clock, of chance or of the session, or one of the "
        "migrations' own that is not IMMUTABLE."
    ),
    effect=(
        "A CHECK is asked when a row is written, never again: rows that it let in may fail it later, so a "
        "dump may not restore, and an UPDATE of another column fails."
    ),
    remedy="Compare the row's own columns alone; check against the clock in the application or in a trigger.",
    safe="ALTER TABLE bookings ADD CONSTRAINT bookings_ends_later CHECK (ends_at > starts_at) NOT VALID;",
    on=False,
    sources=("https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-CHECK-CONSTRAINTS",),
    up_only=True,
)
KINDS = (
    "Constraint:CONSTR_CHECK",
    "CreateDomainStmt",
)
_OF_SESSION = frozenset(
    {
        "now", "statement_timestamp", "transaction_timestamp", "current_setting", "txid_current", "pg_current_xact_id",
        "pg_backend_pid", "inet_client_addr", "pg_has_role", "has_table_privilege",
    }
)  # fmt: skip
"""Built-in functions that are the same throughout a statement, but not for ever."""


def check(statement: Statement, node: PlacedConstraint | CreateDomainStmt, context: Context) -> Iterator[Found]:
    """Look at a CHECK, or at those of a domain."""
    if isinstance(node, CreateDomainStmt):
        written, of = [one.constraint for one in node.constraints], names(node.domainname)[-1]
    else:
        written, of = [node.constraint], node.relation.relname
    for constraint in written:
        if constraint is not None and constraint.contype == "CONSTR_CHECK":
            for called in _unsteady(constraint.raw_expr, context):
                message = f"the CHECK on {of} calls {called}, which does not always say the same"
                yield Found(message, statement.at(constraint.location))
                break


def _unsteady(expression: Raw, context: Context) -> Iterator[str]:
    """Yield the names of what an expression calls that is not immutable."""
    if holds(expression, "SQLValueFunction"):
        for kind, fields in nodes(decoded(expression)):
            if kind == "SQLValueFunction":
                yield str(fields["op"]).removeprefix("SVFOP_").removesuffix("_N")
    if (volatile := volatile_function(expression, context.catalog)) is not None:
        yield volatile
    for parts in functions(expression):
        own = context.catalog.function(parts)
        if own.volatility != "immutable" if own is not None else parts[-1] in _OF_SESSION:
            yield parts[-1]
