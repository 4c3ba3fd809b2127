"""Does logical replication name the rows of a table in another way?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.findings.card import Card
from whimbrel.findings.severity import Severity
from whimbrel.lint.found import Found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whimbrel.lint.context import Context
    from whimbrel.lint.file import Statement
    from whimbrel.sql.tree import AlterTableCmd

CARD = Card(
    code="WB713",
    name="replica-identity",
    severity=Severity.ADVICE,
    title="Logical replication names rows in another way",
    condition="ALTER TABLE … REPLICA IDENTITY, in an up file, on a table that was there before the file.",
    effect=(
        "With NOTHING, or an index that is dropped later, UPDATE and DELETE of a published table fail (55000). With "
        "FULL each writes its whole old row to the WAL. Whoever reads the changes gets other keys."
    ),
    remedy="Tell those who read the changes first, and name a unique index on columns that are NOT NULL.",
    on=False,
    sources=("https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-REPLICA-IDENTITY",),
    up_only=True,
)
KINDS = ("AT_ReplicaIdentity",)


_WORDS = {"d": "its primary key", "f": "the whole row", "i": "an index", "n": "nothing"}


def check(statement: Statement, node: AlterTableCmd, context: Context) -> Iterator[Found]:
    """Look at a REPLICA IDENTITY."""
    identity = node.definition.identity if node.definition is not None else None
    relation = statement.node.relation
    if identity is not None and not context.is_new(relation):
        yield Found(
            f"rows of {relation.relname} are named by {_WORDS[identity.identity_type]} to those who replicate it"
        )
