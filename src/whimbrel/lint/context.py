"""What may a rule ask beside its statement?"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from whimbrel.lint.file import Statements
from whimbrel.schema.catalog import TEMPORARY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from whimbrel.lint.file import File
    from whimbrel.lint.held_locks import HeldLocks
    from whimbrel.lint.names_made import Named
    from whimbrel.lint.wanted import Wanted
    from whimbrel.schema.catalog import Catalog, Name, Relation
    from whimbrel.schema.round_trip import RoundTrip
    from whimbrel.sql.tree import RangeVar

OLDEST_SUPPORTED = 15
"""The oldest PostgreSQL that the community supports (14 ended on 2026-11-12)."""


class Target(StrEnum):
    """Which runner the files are for."""

    WHIMBREL = "whimbrel"
    GOLANG_MIGRATE = "golang-migrate"


class Born(Protocol):
    """What knows which file made it."""

    @property
    def born(self) -> int:
        """The file's ordinal."""


@dataclass(slots=True)
class Context:
    """The schema before the statement, its file, and what the user set."""

    catalog: Catalog
    file: File
    version: int = OLDEST_SUPPORTED
    """PostgreSQL's major version."""
    target: Target = Target.WHIMBREL
    since: int | None = None
    """The ordinal of the first file that is new (`--since`)."""
    naming: Mapping[Named, str] = field(default_factory=dict)
    """How objects are to be called."""
    before: Catalog | None = None
    """The schema before the file's first statement."""
    undone: Catalog | None = None
    """For a down file: the schema before its up file, to which it should lead back."""
    earlier: Statements = field(default_factory=Statements)
    """The file's statements before this one, those inside DO bodies too."""
    expressions: list[Wanted] = field(default_factory=list)
    """The nodes inside expressions that rules look at and that the file may have."""
    locks: HeldLocks | None = None
    """See `whimbrel.lint.strong_locks`."""
    answers: dict[str, tuple[object, Any]] = field(default_factory=dict)
    """What several rules ask of the statement at hand, by question: the node that was last asked about, the answer."""
    trip: RoundTrip | None = None
    """See `whimbrel.lint.down_file`."""

    def is_new(self, written: RangeVar | Name) -> bool:
        """Say whether a relation was made by this file, or by a file that is new: then nobody waits for its locks."""
        name = written if isinstance(written, tuple) else self.catalog.name_of(written)
        if name[0] == TEMPORARY:
            return True
        relation = self.catalog.relations.get(name)
        return relation is not None and self.is_fresh(relation)

    def is_fresh(self, made: Born) -> bool:
        """Say whether this file, or a file that is new, made a relation, a column or the like."""
        own = self.file.ordinal
        if self.since is None or self.file.is_down:
            return made.born >= own
        return made.born >= min(self.since, own)

    def relation(self, written: RangeVar) -> Relation | None:
        """Return the relation of a statement, None where it is not known."""
        return self.catalog.relation(written)
