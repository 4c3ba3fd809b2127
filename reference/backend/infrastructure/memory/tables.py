"""What is kept, and who may reach it?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from backend.application.ports.outbox import Message
    from backend.domain.account import Account, Transfer
    from backend.domain.post import Post
    from backend.domain.user import User


@dataclass(slots=True)
class Tables:
    """All that is kept. What is in it is frozen, so a copy of the tables is a copy of all."""

    users: dict[UUID, User] = field(default_factory=dict)
    deleted_users: dict[UUID, User] = field(default_factory=dict)
    posts: dict[UUID, Post] = field(default_factory=dict)
    accounts: dict[UUID, Account] = field(default_factory=dict)
    transfers: dict[UUID, Transfer] = field(default_factory=dict)
    answers: dict[tuple[str, str], tuple[bytes, Mapping[str, str]]] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)

    def copy(self) -> Tables:
        """The same, to be changed apart."""
        return Tables(
            self.users.copy(),
            self.deleted_users.copy(),
            self.posts.copy(),
            self.accounts.copy(),
            self.transfers.copy(),
            self.answers.copy(),
            self.messages.copy(),
        )

    def has_been_user(self, user_id: UUID) -> bool:
        """Whether there is such a user, or was one: what a foreign key asks."""
        return user_id in self.users or user_id in self.deleted_users


Reach = Callable[[], Tables]
"""Gives the tables to work on; raises where the unit of work that they belong to has ended."""
