"""What happens while a plan is run? Values for whoever watches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from whimbrel.planner.mode import FilePlan
    from whimbrel.planner.plan import Step
    from whimbrel.postgres.connection import Notice


@dataclass(frozen=True, slots=True)
class StepRead:
    """A step's file was read and its mode chosen; `plan` is None where the version has no file."""

    step: Step
    plan: FilePlan | None


@dataclass(frozen=True, slots=True)
class StepStarted:
    """A step's statements are on their way; `resumed` counts the units that an earlier run did."""

    step: Step
    resumed: int = 0


@dataclass(frozen=True, slots=True)
class StepFinished:
    """A step and its version row are committed; times in nanoseconds."""

    step: Step
    read_ns: int
    ran_ns: int


@dataclass(frozen=True, slots=True)
class Noticed:
    """The server sent a notice; `step` is the running one, if any."""

    notice: Notice
    step: Step | None


@dataclass(frozen=True, slots=True)
class Warned:
    """Something that the user should know and that stops nothing."""

    text: str


@dataclass(frozen=True, slots=True)
class LockWaited:
    """Another run holds the lock; `holders` says which sessions do."""

    holders: str


Event: TypeAlias = StepRead | StepStarted | StepFinished | Noticed | Warned | LockWaited
