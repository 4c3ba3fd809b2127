"""What did the toolkit do, and how long did it take? Values that observers are given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from whimbrel.persistence.errors import DBError, Outcome


@dataclass(frozen=True, slots=True)
class Acquired:
    """A connection was handed out to `op` after `waited_s` seconds."""

    op: str
    waited_s: float


@dataclass(frozen=True, slots=True)
class Released:
    """A connection came back after `held_s` seconds."""

    op: str
    held_s: float


@dataclass(frozen=True, slots=True)
class Began:
    """A transaction, or a savepoint in one, began."""

    unit: str
    nested: bool = False


@dataclass(frozen=True, slots=True)
class StatementDone:
    """A statement ended; `rows` is how many it returned or changed, `error` why it failed."""

    op: str
    unit: str
    took_s: float
    rows: int
    error: DBError | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """A unit of work ended after `took_s` seconds, with the operations that ran in it."""

    unit: str
    outcome: Outcome
    took_s: float
    ops: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Retried:
    """A unit of work is run again after `error`; `attempt` counts the runs so far."""

    unit: str
    attempt: int
    delay_s: float
    error: DBError


@dataclass(frozen=True, slots=True)
class PlanHealed:
    """A statement that a migration had made stale was prepared anew."""

    op: str


@dataclass(frozen=True, slots=True)
class HookFailed:
    """A hook that runs after the end failed; the unit's outcome stays what it is."""

    unit: str
    error: Exception


Event = Acquired | Released | Began | StatementDone | Ended | Retried | PlanHealed | HookFailed


class Observer(Protocol):
    """Is told each event, in the task that caused it; what it raises is logged and goes no further."""

    def __call__(self, event: Event, /) -> None:
        """Take notice; must be quick and must not use the database."""
