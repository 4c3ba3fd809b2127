"""The users, in memory."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import TYPE_CHECKING

from backend.domain.errors import ConcurrentChange
from backend.domain.paging import Page
from backend.domain.user import CreateOutcome, EmailAlreadyExists, UserNotFound

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from uuid import UUID

    from backend.domain.paging import PageRequest
    from backend.domain.user import Email, User
    from backend.infrastructure.memory.tables import Reach

_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class MemoryUsers:
    """The users of the tables in reach; both ports."""

    reach: Reach

    async def find_by_id(self, user_id: UUID) -> User:
        """The living user; raises `UserNotFound`."""
        try:
            return self.reach().users[user_id]
        except KeyError:
            raise UserNotFound(user_id) from None

    async def find_by_id_for_update(self, user_id: UUID) -> User:
        """The same: units of work in memory follow one another anyway."""
        return await self.find_by_id(user_id)

    async def find_by_email(self, email: Email) -> User:
        """The living user with the address; raises `UserNotFound`."""
        for user in self.reach().users.values():
            if user.email == email:
                return user
        raise UserNotFound

    async def save(self, user: User) -> User:
        """Inserts or changes; raises `EmailAlreadyExists`, `ConcurrentChange`."""
        tables = self.reach()
        known = tables.users.get(user.id)
        if user.id in tables.deleted_users or (known and known.version != user.version):
            raise ConcurrentChange(user.id, "user")
        if any(other.email == user.email and other.id != user.id for other in tables.users.values()):
            raise EmailAlreadyExists
        saved = replace(user, version=user.version + 1)
        tables.users[user.id] = saved
        return saved

    async def create_many(self, users: Sequence[User]) -> Sequence[CreateOutcome]:
        """Inserts those whose address is free."""
        tables = self.reach()
        taken = {user.email for user in tables.users.values()}
        outcomes = []
        for user in users:
            free = user.email not in taken
            if free:
                taken.add(user.email)
                tables.users[user.id] = replace(user, version=user.version + 1)
            outcomes.append(CreateOutcome.CREATED if free else CreateOutcome.CONFLICT)
        return outcomes

    async def delete(self, user_id: UUID, at: datetime) -> None:
        """Moves the user to those who were; raises `UserNotFound`."""
        tables = self.reach()
        user = await self.find_by_id(user_id)
        del tables.users[user_id]
        tables.deleted_users[user_id] = replace(user, updated_at=at)

    async def list(self, page: PageRequest) -> Page[User]:
        """The page, newest first, and the number of all."""
        users = _newest_first(self.reach().users.values())
        return Page(tuple(users[page.offset : page.offset + page.size]), len(users))

    async def search(self, query: str, limit: int) -> Sequence[User]:
        """At most `limit` users, best first."""
        wanted = _words(query)
        scored = [(_score(user, wanted), user) for user in _newest_first(self.reach().users.values())]
        found = [(score, user) for score, user in scored if score]
        found.sort(key=itemgetter(0), reverse=True)
        return [user for _, user in found[:limit]]


def _newest_first(users: Iterable[User]) -> list[User]:
    return sorted(users, key=lambda user: (user.created_at, user.id), reverse=True)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _score(user: User, wanted: Sequence[str]) -> tuple[int, int] | None:
    words = _words(f"{user.name} {user.email}")
    begun = [sum(word.startswith(start) for word in words) for start in wanted]
    return (sum(map(words.count, wanted)), sum(begun)) if begun and all(begun) else None
