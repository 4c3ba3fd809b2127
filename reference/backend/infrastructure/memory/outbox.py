"""The messages to be published, in memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backend.application.ports.outbox import Message
    from backend.infrastructure.memory.tables import Reach


@dataclass(frozen=True, slots=True)
class MemoryOutbox:
    """The messages of the tables in reach."""

    reach: Reach

    async def append(self, *messages: Message) -> None:
        """Keeps the messages, in their order."""
        self.reach().messages.extend(messages)
