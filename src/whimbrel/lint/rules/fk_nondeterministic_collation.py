"""By whose rules are a foreign key's texts equal?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found
from whimbrel.schema.fold import fold
from whimbrel.sql.tree import names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.lint.rule import PlacedConstraint

CARD = Card(
    code="WB528",
    name="fk-nondeterministic-collation",
    severity=Severity.ADVICE,
    title="A foreign key across collations of which one is nondeterministic",
    condition=(
        "A foreign key between columns of different collations, one of which the migrations made with "
        "deterministic = false."
    ),
    effect=(
        "A nondeterministic collation takes texts for equal that differ in bytes, so the two sides disagree "
        "on which rows belong together. Up to PostgreSQL 17 it is accepted; from 18 on the foreign key is "
        "refused."
    ),
    remedy="Give both columns the same collation.",
    safe="CREATE TABLE orders (user_name text COLLATE case_insensitive REFERENCES users (name));",
    on=False,
    sources=(
        "https://www.postgresql.org/docs/current/collation.html#COLLATION-NONDETERMINISTIC",
        "https://www.postgresql.org/docs/release/18.0/",
    ),
    up_only=True,
)
KINDS = ("Constraint:CONSTR_FOREIGN",)


def check(statement: Statement, node: PlacedConstraint, context: Context) -> Iterator[Found]:
    """Look at a foreign key."""
    constraint, special = node.constraint, context.catalog.nondeterministic
    if not special or constraint.pktable is None:
        return
    catalog = context.catalog.branch()
    fold(catalog, statement.kind, statement.node)
    own, other = (catalog.relation(one) for one in (node.relation, constraint.pktable))
    if own is None or other is None:
        return
    columns = names(constraint.fk_attrs) or ((node.column.colname,) if node.column is not None else ())
    key = other.primary_key
    referenced = names(constraint.pk_attrs) or (key.columns if key is not None else ())
    for column, target in zip(columns, referenced, strict=False):
        if column in own.columns and target in other.columns:
            pair = own.columns[column].collation, other.columns[target].collation
            if pair[0] != pair[1] and special.intersection(pair):
                at = statement.at(constraint.location if node.column is None else node.column.location)
                yield Found(f"{own.name[1]}.{column} and {other.name[1]}.{target} differ on which texts are equal", at)
