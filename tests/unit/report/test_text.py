"""Errors, steps and states as people read them."""

from __future__ import annotations

import pytest

from whimbrel.errors import MigrationFailed, Misuse, QueryFailed
from whimbrel.migration.direction import Direction
from whimbrel.migration.filename import FileName
from whimbrel.migration.migration_set import MigrationSet
from whimbrel.migration.state import DatabaseState
from whimbrel.planner.plan import Step
from whimbrel.report.text import duration, error_lines, state_text, step_line


def test_an_error_and_its_remedy() -> None:
    assert error_lines(Misuse("cannot do x\nbecause of y", remedy="do z\nor w")) == [
        "error: cannot do x",
        "       because of y",
        "  help: do z",
        "  help: or w",
    ]


def failed(text: str, line: int, column: int, **facts: str) -> list[str]:
    cause = QueryFailed("no such thing", detail=facts.get("detail", ""), context=facts.get("context", ""))
    return error_lines(
        MigrationFailed("2_b.up.sql", cause, text=text, line=line, column=column, kept=facts.get("kept", ""))
    )


def test_a_failure_shows_its_line_with_a_caret() -> None:
    assert failed("SELECT 1;\n\tSELECT nope;\n", 2, 9) == [
        "error: 2_b.up.sql:2:9 failed: no such thing",
        "  2 |  SELECT nope;",
        "    |         ^",
        "  the file is rolled back; the version is what it was before it",
    ]


def test_a_long_line_is_cut_around_the_place() -> None:
    lines = failed("x" * 500 + "!" + "y" * 500, 1, 501)
    assert len(lines[1]) < 200
    assert lines[1][lines[2].index("^")] == "!"


def test_a_place_behind_the_text_shows_no_line_that_is_not_there() -> None:
    assert failed("SELECT (\n", 2, 1)[1:3] == ["  2 | ", "    | ^"]


def test_detail_context_and_what_stays() -> None:
    assert failed("", 0, 0, detail="Key (id)=(1)", context="PL/pgSQL function f()", kept="1 of 2 units are done") == [
        "error: 2_b.up.sql failed: no such thing",
        "  detail: Key (id)=(1)",
        "  PL/pgSQL function f()",
        "  1 of 2 units are done",
    ]


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (800_000, "0.8 ms"),
        (12_000_000, "12 ms"),
        (999_000_000, "999 ms"),
        (3_400_000_000, "3.4 s"),
        (125_000_000_000, "2 min 05 s"),
    ],
)
def test_durations(nanoseconds: int, text: str) -> None:
    assert duration(nanoseconds) == text


def test_steps_and_states() -> None:
    file = MigrationSet.from_names(["3_c.up.sql"])[3].up
    assert isinstance(file, FileName)
    assert step_line(Step(3, Direction.UP, 3, file), 12_000_000) == "applied  3_c.up.sql  (12 ms)"
    assert step_line(Step(3, Direction.DOWN, -1, None), 0) == "undone   version 3 (no down file)  (0.0 ms)"
    assert state_text(DatabaseState()) == "none"
    assert state_text(DatabaseState(3, dirty=True)) == "3 (dirty)"
