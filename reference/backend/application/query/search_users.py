"""Look for users by words of their name or address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend.domain.text import prose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backend.domain.user import ReadRepository, User

MAX_QUERY = 200
MAX_FOUND = 50


async def search_users(query: str, users: ReadRepository) -> Sequence[User]:
    """At most `MAX_FOUND` users, best first; raises `InvalidText` for a query over `MAX_QUERY` characters."""
    return await users.search(prose("q", query, MAX_QUERY), MAX_FOUND)
