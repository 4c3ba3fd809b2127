"""Publish a post; doing it again changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend.application.messages import post_published

if TYPE_CHECKING:
    from uuid import UUID

    from backend.application.ports.clock import Clock
    from backend.application.ports.unit_of_work import Repositories, UnitOfWork
    from backend.domain.post import Post


@dataclass(frozen=True, slots=True)
class PublishPost:
    """The post is to be read by all."""

    post_id: UUID


async def publish_post(command: PublishPost, unit_of_work: UnitOfWork, clock: Clock) -> Post:
    """The published post, with the time of its first publishing; raises `PostNotFound`."""

    async def publish(repositories: Repositories) -> Post:
        post = await repositories.posts.find_by_id_for_update(command.post_id)
        published = post.publish(clock())
        if published is post:
            return post
        saved = await repositories.posts.save(published)
        await repositories.outbox.append(post_published(saved))
        return saved

    return await unit_of_work.execute(publish)
