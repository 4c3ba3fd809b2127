"""Does a new constraint of a domain read all tables that use it?"""

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
    from whimbrel.schema.catalog import Catalog, Name, Relation
    from whimbrel.sql.tree import AlterDomainStmt

CARD = Card(
    code="WB137",
    name="domain-add-constraint-scans",
    severity=Severity.ERROR,
    title="A new constraint of a domain reads all tables that use it",
    condition="ALTER DOMAIN … ADD CONSTRAINT without NOT VALID, or SET NOT NULL, of a domain that a table from before "
    "the file uses.",
    effect="It takes a SHARE lock on every table with a column of the domain, which blocks writes, and reads all their "
    "rows under it.",
    remedy="Add the constraint as NOT VALID, and validate it in a later migration.",
    safe="ALTER DOMAIN email ADD CONSTRAINT email_has_at CHECK (VALUE LIKE '%@%') NOT VALID;",
    measured=("alter domain add check", "alter domain set not null"),
    lock=LockMode.SHARE,
    rewrites=False,
    scans=True,
    sources=("https://www.postgresql.org/docs/current/sql-alterdomain.html",),
)
KINDS = ("AlterDomainStmt",)


def check(_: Statement, node: AlterDomainStmt, context: Context) -> Iterator[Found]:
    """Look at an ALTER DOMAIN."""
    if node.subtype not in ("C", "O"):
        return
    constraint = node.definition.constraint if node.definition is not None else None
    if constraint is not None and constraint.skip_validation:
        return
    parts = names(node.type_name)
    domain = context.catalog.user_type(parts)
    if domain is None:
        yield Found(
            f"this reads all tables that use the domain {parts[-1]} and blocks writes", severity=Severity.WARNING
        )
        return
    tables = [one.name[1] for one in _users(domain.name, context.catalog) if not context.is_fresh(one)]
    if tables:
        listed = ", ".join(tables)
        yield Found(f"the new constraint of {parts[-1]} reads {listed} while nobody can write there")


def _users(domain: Name, catalog: Catalog) -> list[Relation]:
    """Return the tables and materialized views with a column of a domain, or of a domain over it."""
    over = {domain}
    while more := {
        one.name
        for one in catalog.types.values()
        if one.base is not None and (one.base.schema, one.base.name) in over and one.name not in over
    }:
        over |= more
    return [
        relation
        for relation in catalog.relations.values()
        if relation.holds_rows
        and any((column.type.schema, column.type.name) in over for column in relation.columns.values())
    ]
