"""Which table is altered, with what lock, and what does the statement say of it elsewhere?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from whimbrel.schema.catalog import RelationKind, written
from whimbrel.schema.proves_not_null import is_proven_not_null

if TYPE_CHECKING:
    from whimbrel.locks.footprint import Footprint
    from whimbrel.pg_types.lock_mode import LockMode
    from whimbrel.schema.catalog import Name, Relation


@dataclass(slots=True)
class Altered:
    """A table that is altered: what each subcommand is told."""

    footprint: Footprint
    name: Name
    relation: Relation | None
    level: LockMode
    recurse: bool
    """False after ONLY."""
    added: set[str] = field(default_factory=set)
    """Columns that the same statement adds."""
    coming: set[str] = field(default_factory=set)
    """All of those, also of commands that stand behind."""
    dropped: set[str] = field(default_factory=set)
    """Columns and constraints that the same statement drops."""
    not_null: set[str] = field(default_factory=set)
    """Columns that the same statement makes NOT NULL."""

    unfilled: set[str] = field(default_factory=set)
    """Columns that the same statement adds without values."""

    @property
    def is_empty(self) -> bool:
        """Whether it holds no rows: the same file made it, and put none in."""
        return self.footprint.is_empty(self.name)

    @property
    def family(self) -> list[Name]:
        """The table, with its partitions and heirs where it was not written ONLY."""
        return self.footprint.family(self.name, recurse=self.recurse)

    @property
    def partitioned(self) -> bool:
        """Whether it is known to be partitioned."""
        return self.relation is not None and self.relation.kind is RelationKind.PARTITIONED

    def lock_heirs(self) -> None:
        """Lock what is directly below: after ONLY it keeps for itself what it had from above."""
        self.footprint.lock_all(self.footprint.catalog.partitions.get(self.name, ()), self.level)

    def lock_family(self) -> list[Name]:
        """Lock all of the family and return it."""
        names = self.family
        self.footprint.lock_all(names, self.level)
        return names


def demand_not_null(altered: Altered, column: str) -> None:
    """Lock and read what must hold no NULL in a column from now on."""
    footprint = altered.footprint
    relation = altered.relation
    known = relation.columns.get(column) if relation is not None else None
    if known is not None and known.not_null:
        return
    if not altered.recurse and footprint.catalog.partitions.get(altered.name) and altered.partitioned:
        _must_be_below_too(altered, column)
    for name in altered.lock_family():
        below = footprint.catalog.relations.get(name)
        if below is None or not is_proven_not_null(below, column, without=altered.dropped):
            footprint.scan([name])


def _must_be_below_too(altered: Altered, column: str) -> None:
    for name in altered.footprint.catalog.children(altered.name):
        below = altered.footprint.catalog.relations.get(name)
        if below is not None and column in below.columns and not below.columns[column].not_null:
            altered.footprint.refuse(f"NOT NULL must be added to the partitions of {written(altered.name)} too")
