"""Read what was published, newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend.domain.paging import check_size

if TYPE_CHECKING:
    from backend.domain.paging import KeysetPage
    from backend.domain.post import Post, ReadRepository


async def read_feed(limit: int, cursor: str | None, posts: ReadRepository) -> KeysetPage[Post]:
    """At most `limit` posts after the cursor; raises `InvalidPage`, `InvalidCursor`."""
    check_size(limit)
    return await posts.feed(limit, cursor)
