"""Look at the users, page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend.domain.paging import PageRequest

if TYPE_CHECKING:
    from backend.domain.paging import Page
    from backend.domain.user import ReadRepository, User


async def list_users(page: int, per_page: int, users: ReadRepository) -> Page[User]:
    """The page, newest users first, with the number of all; raises `InvalidPage`."""
    return await users.list(PageRequest(page, per_page))
