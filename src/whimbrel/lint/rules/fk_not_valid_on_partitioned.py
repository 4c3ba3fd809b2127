"""Does PostgreSQL refuse NOT VALID for this foreign key?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.altered_table import partitioned, table_constraint
from whimbrel.lint.found import Found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import AlterTableCmd

CARD = Card(
    code="WB107",
    name="fk-not-valid-on-partitioned",
    severity=Severity.ERROR,
    title="PostgreSQL before 18 has no foreign key NOT VALID on a partitioned table",
    condition="ALTER TABLE … ADD FOREIGN KEY … NOT VALID on a partitioned table, up to PostgreSQL 17.",
    effect="The statement fails (42809) on PostgreSQL 13 to 17; 18 takes it.",
    remedy="Add the foreign key to each partition as NOT VALID and validate each, then add it to the partitioned "
    "table, which takes over those of its partitions without reading a row.",
    safe="ALTER TABLE events_26 ADD CONSTRAINT events_user_id_fkey FOREIGN KEY (user_id) REFERENCES users NOT VALID;\n"
    "-- in later migrations\n"
    "ALTER TABLE events_26 VALIDATE CONSTRAINT events_user_id_fkey;\n"
    "ALTER TABLE events ADD CONSTRAINT events_user_id_fkey FOREIGN KEY (user_id) REFERENCES users;",
    until=17,
    sources=("https://www.postgresql.org/docs/17/sql-altertable.html#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT",),
)
KINDS = ("AT_AddConstraint",)


def check(statement: Statement, node: AlterTableCmd, context: Context) -> Iterator[Found]:
    """Look at an ADD CONSTRAINT."""
    constraint = table_constraint(node, "CONSTR_FOREIGN")
    if constraint is None or not constraint.skip_validation or context.version > CARD.until:
        return
    if partitioned(statement, context) is not None:
        table = statement.node.relation.relname
        yield Found(f"PostgreSQL {context.version} refuses a foreign key NOT VALID on {table}, which is partitioned")
