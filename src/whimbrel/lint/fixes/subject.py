"""What does a fix work on?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from whimbrel.lint.context import Target
from whimbrel.migration.direction import Direction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from whimbrel.lint.file import File, Statement
    from whimbrel.schema.catalog import Catalog, Relation
    from whimbrel.sql.tree import RangeVar


@dataclass(frozen=True, slots=True)
class Subject:
    """A statement in which a rule found something at the byte `at`, with the schema before it and its directory."""

    statement: Statement
    at: int
    catalog: Catalog
    files: Sequence[File]
    version: int
    target: Target = Target.WHIMBREL

    @property
    def file(self) -> File:
        """The statement's file."""
        return self.statement.file

    @property
    def is_down(self) -> bool:
        """Whether the statement stands in a down file."""
        return self.file.direction is Direction.DOWN

    @property
    def node(self) -> Any:
        """The statement's struct."""
        return self.statement.node

    def relation(self, written: RangeVar) -> Relation | None:
        """Return a relation of the statement, None where it is not known."""
        return self.catalog.relation(written)

    @property
    def tables(self) -> tuple[str, ...]:
        """The names of the statement's table and of those that it is a child of: what changes these changes it."""
        found = [self.catalog.name_of(self.node.relation)]
        for name in found:
            relation = self.catalog.relations.get(name)
            if relation is not None:
                found += [parent for parent in (*relation.inherits, relation.partition_of) if parent is not None]
        return tuple(name for _, name in found)
