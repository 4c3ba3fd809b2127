"""How are messages kept until they are published?"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from whimbrel.persistence import append

if TYPE_CHECKING:
    from backend.application.ports.outbox import Message
    from whimbrel.persistence import Transaction


class PostgresOutbox:
    """The messages of a unit of work, kept with what it does."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def append(self, *messages: Message) -> None:
        """Keeps the messages, in their order."""
        for message in messages:
            await append(self._transaction, message.topic, message.key, json.dumps(dict(message.payload)))
