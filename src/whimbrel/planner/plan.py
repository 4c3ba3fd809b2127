"""What will be done? Steps in order, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from whimbrel.migration.direction import Direction

if TYPE_CHECKING:
    from whimbrel.migration.filename import FileName


@dataclass(frozen=True, slots=True)
class Step:
    """One file to run: `version` and `direction` name it, `target` is the version that the database has after it.

    `file` is None where the version has no file of that direction: then only the version moves.
    """

    version: int
    direction: Direction
    target: int
    file: FileName | None

    @property
    def title(self) -> str:
        """The title in the file's name, `<empty>` where there is no file."""
        return self.file.title if self.file else "<empty>"

    @property
    def name(self) -> str:
        """The file's name, or what stands for it in messages."""
        return self.file.name if self.file else f"version {self.version} (no {self.direction} file)"

    def __str__(self) -> str:
        return f"{self.version}/{'u' if self.direction is Direction.UP else 'd'} {self.title}"


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps in order; `missing` counts the steps that were asked for and do not exist."""

    steps: tuple[Step, ...] = ()
    missing: int = 0
