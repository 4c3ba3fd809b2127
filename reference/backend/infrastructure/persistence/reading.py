"""How are things looked at outside a unit of work? Each question by itself, on the pool."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend.infrastructure.persistence.unit_of_work import store_is_there

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from backend.domain.account import Account
    from backend.domain.paging import KeysetPage, Page, PageRequest
    from backend.domain.post import Post
    from backend.domain.user import User
    from backend.infrastructure.persistence.repository.account_repository import AccountRepository
    from backend.infrastructure.persistence.repository.post_repository import PostRepository
    from backend.infrastructure.persistence.repository.user_repository import UserRepository


class UserReads:
    """The users, for looking at them."""

    def __init__(self, users: UserRepository) -> None:
        self._users = users

    async def find_by_id(self, user_id: UUID) -> User:
        """The living user; raises `UserNotFound`."""
        with store_is_there():
            return await self._users.find_by_id(user_id)

    async def list(self, page: PageRequest) -> Page[User]:
        """The page, newest first, and the number of all."""
        with store_is_there():
            return await self._users.list(page)

    async def search(self, query: str, limit: int) -> Sequence[User]:
        """At most `limit` users, best first."""
        with store_is_there():
            return await self._users.search(query, limit)


class PostReads:
    """The posts, for looking at them."""

    def __init__(self, posts: PostRepository) -> None:
        self._posts = posts

    async def feed(self, limit: int, cursor: str | None = None) -> KeysetPage[Post]:
        """At most `limit` published posts after the cursor, newest first; raises `InvalidCursor`."""
        with store_is_there():
            return await self._posts.feed(limit, cursor)


class AccountReads:
    """The accounts, for looking at them."""

    def __init__(self, accounts: AccountRepository) -> None:
        self._accounts = accounts

    async def find_by_id(self, account_id: UUID) -> Account:
        """The account; raises `AccountNotFound`."""
        with store_is_there():
            return await self._accounts.find_by_id(account_id)
