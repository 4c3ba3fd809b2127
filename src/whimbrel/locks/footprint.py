"""What has been found of a statement's locks, rewrites and scans so far?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from whimbrel.schema.catalog import RelationKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from msgspec import Raw

    from whimbrel.pg_types.lock_mode import LockMode
    from whimbrel.schema.catalog import Catalog, Name, Relation
    from whimbrel.sql.tree import RangeVar

_SYSTEM: Final = frozenset({"pg_catalog", "information_schema", "pg_toast"})
_STORED: Final = frozenset({RelationKind.TABLE, RelationKind.MATERIALIZED})


class Footprint:
    """Collects; the modules of this room add to it what their kinds of statements do."""

    __slots__ = (
        "catalog", "complete", "error", "locks", "locks_known", "made", "rewrites", "rewrites_known", "scans",
        "scans_known", "transaction_block", "utc", "version",
    )  # fmt: skip

    def __init__(self, catalog: Catalog, version: int, utc: bool | None) -> None:
        self.catalog = catalog
        self.version = version
        self.utc = utc
        self.locks: dict[Name, LockMode] = {}
        self.rewrites: set[Name] = set()
        self.scans: set[Name] = set()
        self.locks_known = self.rewrites_known = self.scans_known = True
        self.transaction_block = True
        self.complete = True
        self.error: str | None = None
        self.made: set[Name] = set()
        """Relations that the statement itself makes: their locks stand in nobody's way."""

    def lock(self, name: Name, mode: LockMode) -> None:
        """Note a lock, if none as strong is noted."""
        if self.is_foreign(name) or name in self.made:
            return
        if mode > self.locks.get(name, 0):
            self.locks[name] = mode

    def is_foreign(self, name: Name) -> bool:
        """Say whether a name is that of a catalog or an index."""
        if name in self.catalog.relations:
            return False
        return name[0] in _SYSTEM or name[1].startswith("pg_") or name in self.catalog.indexes

    def find(self, name: Name) -> Relation | None:
        """Return a relation; where it is not in sight, what is said of it is not all."""
        relation = self.catalog.relations.get(name)
        if relation is None and not self.is_foreign(name) and name not in self.made:
            self.complete = False
        return relation

    def named(self, written: RangeVar, mode: LockMode) -> Relation | None:
        """Lock the relation that is written and return it, None where it is not in sight."""
        name = self.catalog.name_of(written)
        self.lock(name, mode)
        return self.find(name)

    def absent(self, name: Name) -> bool:
        """Say whether a relation behind IF EXISTS is not there, as far as the context tells."""
        if name in self.catalog.relations or name in self.catalog.indexes:
            return False
        self.complete = False
        return bool(self.catalog.relations)

    def family(self, name: Name, *, recurse: bool = True) -> list[Name]:
        """Return a relation with its partitions and heirs, each once."""
        return list(dict.fromkeys((name, *(self.catalog.children(name) if recurse else ()))))

    def lock_all(self, names: Iterable[Name], mode: LockMode) -> None:
        """Note the same lock on each."""
        for name in names:
            self.lock(name, mode)

    def is_empty(self, name: Name) -> bool:
        """Say whether a table holds no rows: the same file made it, and put none in."""
        relations = self.catalog.relations
        relation = relations.get(name)
        if relation is None or relation.born < self.catalog.file:
            return False
        return not any(
            one in relations and relations[one].filled for one in (*self.family(name), *self.catalog.above(name))
        )

    def stored(self, name: Name) -> bool:
        """Say whether rows are stored under this name: not in a partitioned table, a view or one that is being made."""
        relation = self.catalog.relations.get(name)
        if name in self.made:
            return False
        if relation is None:
            return not self.is_foreign(name)
        return relation.kind in _STORED

    def scan(self, names: Iterable[Name]) -> None:
        """Note that those of them with rows are read through."""
        self.scans.update(name for name in names if self.stored(name))

    def rewrite(self, names: Iterable[Name]) -> None:
        """Note that those of them with rows are written anew, which reads them through."""
        held = [name for name in names if self.stored(name)]
        self.rewrites.update(held)
        self.scans.update(held)

    def unsure(self) -> None:
        """Note that the text does not tell all."""
        self.complete = False

    def unsure_of_scans(self) -> None:
        """Note that the server's planner decides whether something is read through."""
        self.complete = self.scans_known = False

    def unsure_of_locks(self) -> None:
        """Note that relations are locked which are not in sight."""
        self.complete = self.locks_known = False

    def nothing_known(self) -> None:
        """Note that the text tells nothing."""
        self.complete = self.locks_known = self.rewrites_known = self.scans_known = False

    def refuse(self, why: str) -> None:
        """Note why the server refuses the statement; the first reason stays."""
        self.error = self.error or why

    def check_version(self, kind: str, node: Any, raw: Raw | bytes) -> None:
        """Refuse what the version has no syntax for."""
        from whimbrel.sql.first_version import newer

        missing = max(newer(self.version).found_in(kind, node, raw), key=lambda one: one.since, default=None)
        if missing is not None:
            self.refuse(f"{missing.name} needs PostgreSQL {missing.since}")
