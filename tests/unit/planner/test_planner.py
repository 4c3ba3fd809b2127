"""Which steps lead where: the tables of golang-migrate's own tests, on its own set of files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whimbrel.errors import DirtyDatabase, NoMigrationLeft, VersionNotFound, WhimbrelError
from whimbrel.migration.direction import Direction
from whimbrel.migration.migration_set import MigrationSet
from whimbrel.migration.state import DatabaseState
from whimbrel.migration.version import NIL
from whimbrel.planner.plan import Plan
from whimbrel.planner.planner import plan_down, plan_goto, plan_up, skipped

if TYPE_CHECKING:
    from collections.abc import Callable

FILES = (
    "1_a.up.sql", "1_a.down.sql", "3_c.up.sql", "4_d.up.sql", "4_d.down.sql", "5_e.down.sql", "7_g.up.sql",
    "7_g.down.sql",
)  # fmt: skip
MIGRATIONS = MigrationSet.from_names(FILES)
UNKNOWN = "unknown"
NONE_LEFT = "none left"
ERRORS: dict[str, type[WhimbrelError]] = {UNKNOWN: VersionNotFound, NONE_LEFT: NoMigrationLeft}

UP_FROM_NIL = (1, 3, 4, 5, 7)
DOWN = {7: 5, 5: 4, 4: 3, 3: 1, 1: NIL}
"""Where undoing a version leads."""


def state(version: int) -> DatabaseState:
    return DatabaseState(version)


def moves(plan: Plan) -> list[tuple[int, str, int]]:
    return [(step.version, str(step.direction), step.target) for step in plan.steps]


def ups(*versions: int) -> list[tuple[int, str, int]]:
    return [(version, "up", version) for version in versions]


def downs(*versions: int) -> list[tuple[int, str, int]]:
    return [(version, "down", DOWN[version]) for version in versions]


GOTO = {
    NIL: {1: ups(1), 3: ups(1, 3), 4: ups(1, 3, 4), 5: ups(1, 3, 4, 5), 7: ups(1, 3, 4, 5, 7)},
    1: {1: [], 3: ups(3), 4: ups(3, 4), 5: ups(3, 4, 5), 7: ups(3, 4, 5, 7)},
    3: {1: downs(3), 3: [], 4: ups(4), 5: ups(4, 5), 7: ups(4, 5, 7)},
    4: {1: downs(4, 3), 3: downs(4), 4: [], 5: ups(5), 7: ups(5, 7)},
    5: {1: downs(5, 4, 3), 3: downs(5, 4), 4: downs(5), 5: [], 7: ups(7)},
    7: {1: downs(7, 5, 4, 3), 3: downs(7, 5, 4), 4: downs(7, 5), 5: downs(7), 7: []},
}


@pytest.mark.parametrize("to", range(9))
@pytest.mark.parametrize("start", range(-1, 9))
def test_goto_finds_the_way_or_names_the_version_without_files(start: int, to: int) -> None:
    expected = GOTO.get(start, {}).get(to)
    if expected is not None:
        assert moves(plan_goto(MIGRATIONS, state(start), to)) == expected
        return
    with pytest.raises(VersionNotFound) as refused:
        plan_goto(MIGRATIONS, state(start), to)
    assert refused.value.version == (start if start not in {NIL, *UP_FROM_NIL} else to)


ALL = None
READ_UP = {
    NIL: {ALL: (ups(1, 3, 4, 5, 7), 0), 1: (ups(1), 0), 2: (ups(1, 3), 0)},
    1: {ALL: (ups(3, 4, 5, 7), 0), 1: (ups(3), 0), 2: (ups(3, 4), 0)},
    3: {ALL: (ups(4, 5, 7), 0), 1: (ups(4), 0), 2: (ups(4, 5), 0)},
    4: {ALL: (ups(5, 7), 0), 1: (ups(5), 0), 2: (ups(5, 7), 0)},
    5: {ALL: (ups(7), 0), 1: (ups(7), 0), 2: (ups(7), 1)},
    7: {ALL: ([], 0), 1: NONE_LEFT, 2: NONE_LEFT},
}
READ_DOWN = {
    NIL: {ALL: ([], 0), 1: NONE_LEFT, 2: NONE_LEFT},
    1: {ALL: (downs(1), 0), 1: (downs(1), 0), 2: (downs(1), 1)},
    3: {ALL: (downs(3, 1), 0), 1: (downs(3), 0), 2: (downs(3, 1), 0)},
    4: {ALL: (downs(4, 3, 1), 0), 1: (downs(4), 0), 2: (downs(4, 3), 0)},
    5: {ALL: (downs(5, 4, 3, 1), 0), 1: (downs(5), 0), 2: (downs(5, 4), 0)},
    7: {ALL: (downs(7, 5, 4, 3, 1), 0), 1: (downs(7), 0), 2: (downs(7, 5), 0)},
}


@pytest.mark.parametrize("limit", [ALL, 0, 1, 2])
@pytest.mark.parametrize("start", range(-1, 9))
@pytest.mark.parametrize(("plan", "table"), [(plan_up, READ_UP), (plan_down, READ_DOWN)], ids=["up", "down"])
def test_up_and_down_take_all_or_as_many_as_asked(
    plan: Callable[[MigrationSet, DatabaseState, int | None], Plan], table: Any, start: int, limit: int | None
) -> None:
    expected: Any = UNKNOWN if start not in table else ([], 0) if limit == 0 else table[start][limit]
    if isinstance(expected, str):
        with pytest.raises(ERRORS[expected]):
            plan(MIGRATIONS, state(start), limit)
        return
    planned = plan(MIGRATIONS, state(start), limit)
    assert (moves(planned), planned.missing) == expected


def test_an_empty_source_is_said_so_where_nothing_is_applied() -> None:
    with pytest.raises(NoMigrationLeft) as refused:
        plan_up(MigrationSet.from_names(()), state(NIL))
    assert refused.value.source_empty
    assert plan_down(MigrationSet.from_names(()), state(NIL)) == Plan()


def test_a_version_without_a_file_of_one_direction_is_a_step_without_a_file() -> None:
    assert [step.file is None for step in plan_up(MIGRATIONS, state(NIL)).steps] == [False, False, False, True, False]
    assert [step.file is None for step in plan_down(MIGRATIONS, state(7)).steps if step.version in {5, 3}] == [
        False,
        True,
    ]
    assert str(plan_up(MIGRATIONS, state(4)).steps[0]) == "5/u <empty>"
    assert str(plan_down(MIGRATIONS, state(7), 1).steps[0]) == "7/d g"


def test_version_zero_is_a_version() -> None:
    migrations = MigrationSet.from_names(["0_z.up.sql", "1_a.up.sql"])
    assert moves(plan_up(migrations, state(NIL))) == ups(0, 1)
    assert [step.target for step in plan_down(migrations, state(1), None).steps] == [0, NIL]
    assert moves(plan_goto(migrations, state(1), 0)) == [(1, "down", 0)]


@pytest.mark.parametrize(
    "plan",
    [lambda s: plan_up(MIGRATIONS, s), lambda s: plan_down(MIGRATIONS, s), lambda s: plan_goto(MIGRATIONS, s, 1)],
    ids=["up", "down", "goto"],
)
def test_a_dirty_database_is_refused(plan: Callable[[DatabaseState], Plan]) -> None:
    with pytest.raises(DirtyDatabase) as refused:
        plan(DatabaseState(3, dirty=True))
    assert refused.value.version == 3


def test_skipped_versions_are_those_below_that_nobody_applied() -> None:
    assert skipped(MIGRATIONS, 5, frozenset([1, 4])) == (3, 5)
    assert skipped(MIGRATIONS, 7, frozenset(UP_FROM_NIL)) == ()


versions = st.lists(st.integers(0, 2**63 - 1), min_size=1, max_size=12, unique=True).map(sorted)


@given(versions, st.data())
def test_each_step_begins_where_the_one_before_it_ended(found: list[int], data: st.DataObject) -> None:
    migrations = MigrationSet.from_names([f"{version}_x.{way}.sql" for version in found for way in ("up", "down")])
    start, goal = data.draw(st.sampled_from([NIL, *found])), data.draw(st.sampled_from(found))
    at = start
    for step in plan_goto(migrations, state(start), goal).steps:
        assert (step.version > at) if step.direction is Direction.UP else (step.version == at)
        at = step.target
    assert at == goal


@given(versions)
def test_all_up_and_all_down_are_each_others_reverse(found: list[int]) -> None:
    migrations = MigrationSet.from_names([f"{version}_x.up.sql" for version in found])
    up = [step.version for step in plan_up(migrations, state(NIL)).steps]
    down = [step.version for step in plan_down(migrations, state(found[-1]), None).steps]
    assert up == found == down[::-1]
