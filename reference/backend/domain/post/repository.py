"""How posts are kept and found: the ports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from uuid import UUID

    from backend.domain.paging import KeysetPage
    from backend.domain.post.post import Post


class Repository(Protocol):
    """The posts, within one unit of work."""

    async def find_by_id(self, post_id: UUID) -> Post:
        """The post; raises `PostNotFound`."""

    async def find_by_id_for_update(self, post_id: UUID) -> Post:
        """The post, which no other unit of work changes until this one ends; raises `PostNotFound`."""

    async def save(self, post: Post) -> Post:
        """Inserts a new post, or changes the one that was read; gives it with its new version.

        Raises `UserNotFound` for an author who never was, `ConcurrentChange` where it was changed after it was read.
        """


class ReadRepository(Protocol):
    """The posts, for looking at them."""

    async def feed(self, limit: int, cursor: str | None = None) -> KeysetPage[Post]:
        """At most `limit` published posts after the cursor, newest first (then by id, from high to low).

        What is published while somebody reads on shows neither twice nor in the pages to come. Raises `InvalidCursor`.
        """
