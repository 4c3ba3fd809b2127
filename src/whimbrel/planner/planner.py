"""Which steps lead from a state of the database to where it should be?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.errors import DirtyDatabase, NoMigrationLeft, VersionNotFound
from whimbrel.migration.direction import Direction
from whimbrel.migration.version import NIL
from whimbrel.planner.plan import Plan, Step

if TYPE_CHECKING:
    from collections.abc import Container

    from whimbrel.migration.migration_set import MigrationSet
    from whimbrel.migration.state import DatabaseState


def plan_up(migrations: MigrationSet, state: DatabaseState, limit: int | None = None) -> Plan:
    """Plan all, or `limit`, versions above the database's.

    Raises:
        DirtyDatabase: an earlier run stopped half-way.
        VersionNotFound: the database's version has no file.
        NoMigrationLeft: the source is empty, or a limit was given and nothing is left.
    """
    _ready(migrations, state)
    if state.version == NIL and not migrations.versions:
        raise NoMigrationLeft(source_empty=True)
    wanted = migrations.after(state.version)
    if limit is not None:
        if not wanted and limit:
            raise NoMigrationLeft
        missing = max(0, limit - len(wanted))
        wanted = wanted[:limit]
        return Plan(tuple(_up(migrations, version) for version in wanted), missing)
    return Plan(tuple(_up(migrations, version) for version in wanted))


def plan_down(migrations: MigrationSet, state: DatabaseState, limit: int | None = None) -> Plan:
    """Plan to undo all, or the last `limit`, versions.

    Raises:
        DirtyDatabase: an earlier run stopped half-way.
        VersionNotFound: the database's version has no file.
        NoMigrationLeft: a limit was given and nothing is applied.
    """
    _ready(migrations, state)
    if state.version == NIL:
        if limit:
            raise NoMigrationLeft
        return Plan()
    applied = (*migrations.before(state.version), state.version)
    count = len(applied) if limit is None else min(limit, len(applied))
    steps = tuple(_down(migrations, applied, len(applied) - 1 - n) for n in range(count))
    return Plan(steps, 0 if limit is None else limit - count)


def plan_goto(migrations: MigrationSet, state: DatabaseState, version: int) -> Plan:
    """Plan the way up or down to `version`.

    Raises:
        DirtyDatabase: an earlier run stopped half-way.
        VersionNotFound: the database's version, or the wanted one, has no file.
    """
    _ready(migrations, state)
    if version not in migrations:
        raise VersionNotFound(version)
    if version >= state.version:
        wanted = [found for found in migrations.after(state.version) if found <= version]
        return Plan(tuple(_up(migrations, found) for found in wanted))
    applied = (*migrations.before(state.version), state.version)
    last = applied.index(version)
    return Plan(tuple(_down(migrations, applied, n) for n in range(len(applied) - 1, last, -1)))


def skipped(migrations: MigrationSet, version: int, known: Container[int]) -> tuple[int, ...]:
    """Return versions at or below `version` that are not among those `known` to have been applied, lowest first."""
    return tuple(found for found in migrations.versions if found <= version and found not in known)


def _ready(migrations: MigrationSet, state: DatabaseState) -> None:
    if state.dirty:
        raise DirtyDatabase(state.version)
    if state.version != NIL and state.version not in migrations:
        raise VersionNotFound(state.version)


def _up(migrations: MigrationSet, version: int) -> Step:
    return Step(version, Direction.UP, version, migrations[version].up)


def _down(migrations: MigrationSet, applied: tuple[int, ...], number: int) -> Step:
    version = applied[number]
    return Step(version, Direction.DOWN, applied[number - 1] if number else NIL, migrations[version].down)
