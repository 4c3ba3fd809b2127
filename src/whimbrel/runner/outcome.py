"""What did a run do? The steps that are applied, and whether it was stopped before its end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from whimbrel.planner.plan import Step


@dataclass(frozen=True, slots=True)
class Outcome:
    """Steps that were applied, in order; `remaining` steps were not begun because the run was asked to stop."""

    applied: tuple[Step, ...] = ()
    remaining: tuple[Step, ...] = ()

    @property
    def stopped(self) -> bool:
        """Whether work is left because the run was asked to stop."""
        return bool(self.remaining)
