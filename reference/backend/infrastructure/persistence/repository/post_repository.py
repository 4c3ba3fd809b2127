"""How are posts kept in PostgreSQL?"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from backend.domain import paging
from backend.domain.errors import ConcurrentChange
from backend.domain.paging import KeysetPage
from backend.domain.post import Post, PostNotFound, Status
from backend.domain.user import UserNotFound
from whimbrel.persistence import (
    ConstraintMap,
    CursorCodec,
    KeysetPages,
    Order,
    PostgresRepository,
    Query,
    RowLock,
    Strength,
    Upsert,
    desc,
)
from whimbrel.persistence.errors import InvalidCursor

if TYPE_CHECKING:
    from whimbrel.persistence import Database, Querier

_COLUMNS = ("id", "author_id", "title", "body", "status", "created_at", "updated_at", "published_at", "version")


def reconstitute(  # noqa: PLR0913, PLR0917 - one for each column
    id: UUID,  # noqa: A002 - the column's name
    author_id: UUID,
    title: str,
    body: str,
    status: str,
    created_at: datetime,
    updated_at: datetime,
    published_at: datetime | None,
    version: int,
) -> Post:
    """Make the post that a row holds."""
    return Post(
        id=id, author_id=author_id, title=title, body=body, status=Status(status), created_at=created_at,
        updated_at=updated_at, published_at=published_at, version=version,
    )  # fmt: skip


BY_ID = Query(
    "posts.by_id", _COLUMNS, "posts", reconstitute, where="id = %(id)s", params={"id": UUID},
    locks=(RowLock(Strength.NO_KEY_UPDATE),),
)  # fmt: skip
SAVE = Upsert(
    "posts.save", "posts",
    {
        "id": UUID, "author_id": UUID, "title": str, "body": str, "status": str, "created_at": datetime,
        "updated_at": datetime, "published_at": datetime | None,
    },
    key=("id",), update=("title", "body", "status", "updated_at", "published_at"), version="version",
    returning=_COLUMNS, row=reconstitute,
)  # fmt: skip
FEED = KeysetPages(
    Query(
        "posts.feed", _COLUMNS, "posts", reconstitute, where="status = 'published'",
        order={"newest": Order(desc("published_at", datetime), desc("id", UUID))}, unique=("id",),
    )
)  # fmt: skip


class PostRepository(PostgresRepository):
    """The posts of the table `posts`; implements both ports. `cursors` signs the places in the feed."""

    def __init__(self, where: Database | Querier, cursors: CursorCodec) -> None:
        super().__init__(where)
        self._cursors = cursors

    async def find_by_id(self, post_id: UUID) -> Post:
        """The post; raises `PostNotFound`."""
        return _found(await self.querier.optional(BY_ID.select(id=post_id)), post_id)

    async def find_by_id_for_update(self, post_id: UUID) -> Post:
        """The post, locked until the unit of work ends; raises `PostNotFound`."""
        querier = self.locking(BY_ID.name)
        return _found(await querier.optional(BY_ID.select(id=post_id, lock=RowLock(Strength.NO_KEY_UPDATE))), post_id)

    async def save(self, post: Post) -> Post:
        """Inserts or changes; raises `UserNotFound`, `ConcurrentChange`."""
        call = SAVE.save(
            id=post.id, author_id=post.author_id, title=post.title, body=post.body, status=post.status.value,
            created_at=post.created_at, updated_at=post.updated_at, published_at=post.published_at,
            version=post.version,
        )  # fmt: skip
        missing = ConstraintMap({"posts_author_id_fkey": lambda _: UserNotFound(post.author_id)})
        async with self.translated(missing):
            saved = await self.querier.optional(call)
        if saved is None:
            raise ConcurrentChange(post.id, "post")
        return saved

    async def feed(self, limit: int, cursor: str | None = None) -> KeysetPage[Post]:
        """At most `limit` published posts after the cursor, newest first; raises the domain's `InvalidCursor`."""
        try:
            read = FEED.after(cursor, cursors=self._cursors, limit=limit)
        except InvalidCursor:
            raise paging.InvalidCursor from None
        found = await self.querier.read(read)
        return KeysetPage(found.items, found.next_cursor)


def _found(post: Post | None, post_id: UUID) -> Post:
    if post is None:
        raise PostNotFound(post_id)
    return post
