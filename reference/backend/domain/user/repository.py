"""How users are kept and found: the ports."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from backend.domain.paging import Page, PageRequest
    from backend.domain.user.email import Email
    from backend.domain.user.user import User


class CreateOutcome(StrEnum):
    """What became of one of many new users."""

    CREATED = "created"
    CONFLICT = "conflict"
    """Another living user has the address, or one before it in the same call."""


class Repository(Protocol):
    """The users, within one unit of work."""

    async def find_by_id(self, user_id: UUID) -> User:
        """The living user; raises `UserNotFound`."""

    async def find_by_id_for_update(self, user_id: UUID) -> User:
        """The living user, whom no other unit of work changes until this one ends; raises `UserNotFound`."""

    async def find_by_email(self, email: Email) -> User:
        """The living user with the address, in whatever case; raises `UserNotFound`."""

    async def save(self, user: User) -> User:
        """Inserts a new user, or changes the one that was read; gives it with its new version.

        Raises `EmailAlreadyExists`, and `ConcurrentChange` where the user was changed or deleted after it was read.
        """

    async def create_many(self, users: Sequence[User]) -> Sequence[CreateOutcome]:
        """Inserts the new users whose address is free; an outcome for each, in their order."""

    async def delete(self, user_id: UUID, at: datetime) -> None:
        """Deletes the user, whose address is free from then on; raises `UserNotFound`, for one deleted before too."""


class ReadRepository(Protocol):
    """The users, for looking at them."""

    async def find_by_id(self, user_id: UUID) -> User:
        """The living user; raises `UserNotFound`."""

    async def list(self, page: PageRequest) -> Page[User]:
        """The living users, newest first (then by id, from high to low), and how many there are in all."""

    async def search(self, query: str, limit: int) -> Sequence[User]:
        """At most `limit` living users, of whose name or address each word of `query` begins a word; best first.

        Better is where more words are those of `query` in whole, then where more begin with one; then the newer.
        Words are runs of letters and digits, in whatever case; a query without any finds nobody.
        """
