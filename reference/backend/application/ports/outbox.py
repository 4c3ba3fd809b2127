"""How is what happened told to others, neither lost nor made up?

A message is written in the unit of work in which the thing happened; a relay publishes it later.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Message:
    """What happened. Messages of one `key` are published in their order; `payload` holds ids, no personal data."""

    topic: str
    key: str
    payload: Mapping[str, str]


class Outbox(Protocol):
    """The messages to be published, within one unit of work."""

    async def append(self, *messages: Message) -> None:
        """Keeps the messages, in their order."""
