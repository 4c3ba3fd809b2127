"""How is a finding repaired without anybody thinking?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Edit:
    """Characters `start` to `end` of the file become `text`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file to be made beside the one that is repaired; `name` is its base name."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """What to change in the file, in its down file, and which files to add.

    `title` begins with a verb. `down` are edits of the migration's down file. `difference` shows the edits as lines,
    `-` before each that goes and `+` before each that comes. `by_hand` says why `--fix` does not do it, where it does
    not.
    """

    title: str
    edits: tuple[Edit, ...] = ()
    down: tuple[Edit, ...] = ()
    files: tuple[NewFile, ...] = ()
    difference: tuple[str, ...] = ()
    by_hand: str = ""


def edited(text: str, edits: Iterable[Edit]) -> str:
    """Return a text with its edits, which do not overlap."""
    parts: list[str] = []
    at = 0
    for edit in sorted(edits, key=lambda one: (one.start, one.end)):
        parts += (text[at : edit.start], edit.text)
        at = edit.end
    return "".join((*parts, text[at:]))


def difference(text: str, edits: Iterable[Edit]) -> tuple[str, ...]:
    """Return the lines that edits take away and bring, `-` or `+` before each."""
    lines: list[str] = []
    group: list[Edit] = []
    end = 0
    for edit in sorted(edits, key=lambda one: (one.start, one.end)):
        if group and edit.start >= end:
            lines += _lines(text, group, end)
            group = []
        group.append(edit)
        end = max(end if len(group) > 1 else 0, _line_end(text, edit))
    return tuple(lines + (_lines(text, group, end) if group else []))


def _line_end(text: str, edit: Edit) -> int:
    if edit.end > edit.start and text[edit.end - 1] == "\n":
        return edit.end
    found = text.find("\n", edit.end)
    return len(text) if found < 0 else found + 1


def _lines(text: str, edits: list[Edit], end: int) -> list[str]:
    start = text.rfind("\n", 0, edits[0].start) + 1
    old = text[start:end]
    new = edited(old, (Edit(one.start - start, one.end - start, one.text) for one in edits))
    before = [f"- {line}" for line in old.splitlines() if line.strip()]
    after = [f"+ {line}" for line in new.splitlines() if line.strip()]
    return before + after
