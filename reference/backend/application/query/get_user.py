"""Look at one user."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uuid import UUID

    from backend.domain.user import ReadRepository, User


async def get_user(user_id: UUID, users: ReadRepository) -> User:
    """The living user; raises `UserNotFound`."""
    return await users.find_by_id(user_id)
