"""Write a draft."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend.domain.post import Post

if TYPE_CHECKING:
    from uuid import UUID

    from backend.application.ports.clock import Clock
    from backend.application.ports.unit_of_work import Repositories, UnitOfWork


@dataclass(frozen=True, slots=True)
class CreatePost:
    """A user has written something."""

    author_id: UUID
    title: str
    body: str


async def create_post(command: CreatePost, unit_of_work: UnitOfWork, clock: Clock) -> Post:
    """The draft; raises `InvalidText`, `UserNotFound`."""
    post = Post.draft(command.author_id, command.title, command.body, clock())

    async def create(repositories: Repositories) -> Post:
        await repositories.users.find_by_id(command.author_id)
        return await repositories.posts.save(post)

    return await unit_of_work.execute(create)
