"""Can the backend serve?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether the backend can serve; `reason` says why it cannot. `version` is the schema's, None where unknown."""

    ready: bool
    version: int | None
    reason: str = ""


class ReadinessCheck(Protocol):
    """Tells whether the backend can serve."""

    async def check(self) -> Readiness:
        """Asks the store; never raises for one that cannot be reached, but says so."""
