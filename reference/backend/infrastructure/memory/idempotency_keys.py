"""The calls that were answered, in memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend.application.ports.idempotency import IdempotencyKeyReused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from backend.application.ports.idempotency import IdempotentCall
    from backend.infrastructure.memory.tables import Reach


@dataclass(frozen=True, slots=True)
class MemoryIdempotencyKeys:
    """The answered calls of the tables in reach."""

    reach: Reach

    async def claim(self, call: IdempotentCall, answer: Mapping[str, str]) -> Mapping[str, str] | None:
        """None where the key was free, else its answer; raises `IdempotencyKeyReused`."""
        answers = self.reach().answers
        known = answers.get((call.operation, call.key))
        if known is None:
            answers[call.operation, call.key] = (call.request_hash, answer)
            return None
        request_hash, kept = known
        if request_hash != call.request_hash:
            raise IdempotencyKeyReused
        return kept
