"""The posts, in memory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from backend.domain.errors import ConcurrentChange
from backend.domain.paging import KeysetPage
from backend.domain.post import PostNotFound
from backend.domain.user import UserNotFound

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from backend.domain.post import Post
    from backend.infrastructure.memory.cursor import CursorSeal
    from backend.infrastructure.memory.tables import Reach


@dataclass(frozen=True, slots=True)
class MemoryPosts:
    """The posts of the tables in reach; both ports."""

    reach: Reach
    seal: CursorSeal

    async def find_by_id(self, post_id: UUID) -> Post:
        """The post; raises `PostNotFound`."""
        try:
            return self.reach().posts[post_id]
        except KeyError:
            raise PostNotFound(post_id) from None

    async def find_by_id_for_update(self, post_id: UUID) -> Post:
        """The same: units of work in memory follow one another anyway."""
        return await self.find_by_id(post_id)

    async def save(self, post: Post) -> Post:
        """Inserts or changes; raises `UserNotFound`, `ConcurrentChange`."""
        tables = self.reach()
        known = tables.posts.get(post.id)
        if known and known.version != post.version:
            raise ConcurrentChange(post.id, "post")
        if not tables.has_been_user(post.author_id):
            raise UserNotFound(post.author_id)
        saved = replace(post, version=post.version + 1)
        tables.posts[post.id] = saved
        return saved

    async def feed(self, limit: int, cursor: str | None = None) -> KeysetPage[Post]:
        """At most `limit` published posts after the cursor, newest first; raises `InvalidCursor`."""
        after = None if cursor is None else self.seal.open(cursor)
        published: list[tuple[tuple[datetime, UUID], Post]] = [
            ((post.published_at, post.id), post) for post in self.reach().posts.values() if post.published_at
        ]
        published.sort(key=lambda pair: pair[0], reverse=True)
        rest = [pair for pair in published if after is None or pair[0] < after]
        page = rest[:limit]
        more = len(rest) > len(page)
        return KeysetPage(tuple(post for _, post in page), self.seal.close(*page[-1][0]) if more else None)
