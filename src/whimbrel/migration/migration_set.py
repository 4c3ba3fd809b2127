"""Which migrations are there, in which order, and what comes before and after each?"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from whimbrel.errors import DuplicateVersion
from whimbrel.migration.direction import Direction
from whimbrel.migration.filename import FileName, NameProblem, parse

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Migration:
    """One version with its up and its down file; either may be absent, never both."""

    version: int
    up: FileName | None
    down: FileName | None

    def file(self, direction: Direction) -> FileName | None:
        """Return the file of that direction, if there is one."""
        return self.up if direction is Direction.UP else self.down


@dataclass(frozen=True, slots=True)
class MigrationSet:
    """Migrations in numeric order, and the names that were almost one with what is wrong about each."""

    versions: tuple[int, ...]
    migrations: dict[int, Migration]
    almost: tuple[tuple[str, NameProblem], ...] = ()

    @classmethod
    def from_names(cls, names: Iterable[str]) -> Self:
        """Sort base names into migrations.

        Raises:
            DuplicateVersion: two names have one version and direction.
            NumberTooLarge: a number is over 2^63-1.
        """
        ups: dict[int, FileName] = {}
        downs: dict[int, FileName] = {}
        almost: list[tuple[str, NameProblem]] = []
        for name in sorted(names):
            parsed = parse(name)
            if parsed is None:
                continue
            if isinstance(parsed, NameProblem):
                almost.append((name, parsed))
                continue
            files = ups if parsed.direction is Direction.UP else downs
            if parsed.version in files:
                raise DuplicateVersion(name, files[parsed.version].name)
            files[parsed.version] = parsed
        versions = tuple(sorted(ups.keys() | downs.keys()))
        return cls(versions, {v: Migration(v, ups.get(v), downs.get(v)) for v in versions}, tuple(almost))

    def __contains__(self, version: object) -> bool:
        return version in self.migrations

    def __getitem__(self, version: int) -> Migration:
        return self.migrations[version]

    def after(self, version: int) -> tuple[int, ...]:
        """Return the versions above `version`, lowest first."""
        return self.versions[bisect_right(self.versions, version) :]

    def before(self, version: int) -> tuple[int, ...]:
        """Return the versions below `version`, lowest first."""
        return self.versions[: bisect_left(self.versions, version)]
