"""What does a person read? Errors, steps and states as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.errors import MigrationFailed, WhimbrelError
from whimbrel.migration.direction import Direction
from whimbrel.migration.version import NIL

if TYPE_CHECKING:
    from whimbrel.migration.state import DatabaseState
    from whimbrel.planner.plan import Step

_WIDTH = 160


def error_lines(error: WhimbrelError) -> list[str]:
    """Return an error's lines: what failed and why, the place in the file, what stayed, what to do."""
    first, *more = error.message.splitlines() or [""]
    lines = [f"error: {first}", *(f"       {line}" for line in more)]
    if isinstance(error, MigrationFailed):
        lines += _excerpt(error)
        cause = error.cause
        lines += [f"  detail: {line}" for line in cause.detail.splitlines()]
        lines += [f"  {line}" for line in (cause.context.splitlines() if cause.context else [])]
        lines.append(f"  {error.kept or 'the file is rolled back; the version is what it was before it'}")
    return lines + [f"  help: {line}" for line in error.remedy.splitlines()]


def _excerpt(error: MigrationFailed) -> list[str]:
    """Return the line of the failure with a caret under its column."""
    if not error.line:
        return []
    text = error.text.splitlines()[error.line - 1] if error.line <= len(error.text.splitlines()) else ""
    start = max(0, error.column - _WIDTH // 2)
    shown = text[start : start + _WIDTH].replace("\t", " ")
    number = str(error.line)
    return [f"  {number} | {shown}", f"  {' ' * len(number)} | {' ' * (error.column - 1 - start)}^"]


def step_line(step: Step, nanoseconds: int) -> str:
    """Return the line for a step that is done."""
    done = "applied" if step.direction is Direction.UP else "undone "
    return f"{done}  {step.name}  ({duration(nanoseconds)})"


def state_text(state: DatabaseState) -> str:
    """Return the version as `version` prints it."""
    version = "none" if state.version == NIL else str(state.version)
    return f"{version} (dirty)" if state.dirty else version


def duration(nanoseconds: int) -> str:
    """Return a time for people: `0.8 ms`, `12 ms`, `3.4 s`, `2 min 05 s`."""
    seconds = nanoseconds / 1e9
    if seconds < 0.01:
        return f"{seconds * 1000:.1f} ms"
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{int(seconds // 60)} min {int(seconds % 60):02d} s"
