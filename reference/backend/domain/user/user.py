"""What is a user, and what may become of one?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from backend.domain.text import one_line

if TYPE_CHECKING:
    from datetime import datetime

    from backend.domain.user.email import Email

MAX_NAME = 100


class Role(StrEnum):
    """What a user may do."""

    MEMBER = "member"
    EDITOR = "editor"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class User:
    """One who may sign in. The constructor trusts its values: repositories use it; `register` makes a new user.

    `version` counts the times that the user was saved, 0 for one that never was.
    """

    id: UUID
    email: Email
    name: str
    role: Role
    created_at: datetime
    updated_at: datetime
    version: int = 0

    @classmethod
    def register(cls, email: Email, name: str, at: datetime) -> User:
        """A new member; raises `InvalidText` for a name that cannot be kept."""
        return cls(uuid4(), email, one_line("name", name, MAX_NAME), Role.MEMBER, at, at)

    def with_role(self, role: Role, at: datetime) -> User:
        """The user in another role; itself where the role is the same."""
        return self if role is self.role else replace(self, role=role, updated_at=at)
