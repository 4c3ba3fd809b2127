"""Posts and the feed over HTTP."""

from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from backend.application.command.create_post import CreatePost, create_post
from backend.application.command.publish_post import PublishPost, publish_post
from backend.application.query.read_feed import read_feed
from backend.domain.paging import MAX_PER_PAGE
from backend.domain.post import Post, Status
from backend.entrypoints.http.problems import problems

if TYPE_CHECKING:
    from backend.container import Container


class NewPost(BaseModel):
    """Something that a user has written."""

    author_id: UUID
    title: str = Field(examples=["On curlews"])
    body: str = Field(examples=["The whimbrel is the smaller one."])


class PostBody(BaseModel):
    """A post."""

    id: UUID
    author_id: UUID
    title: str
    body: str
    status: Status
    published_at: datetime | None
    created_at: datetime

    @classmethod
    def of(cls, post: Post) -> "PostBody":
        """The post as it is shown."""
        return cls(
            id=post.id,
            author_id=post.author_id,
            title=post.title,
            body=post.body,
            status=post.status,
            published_at=post.published_at,
            created_at=post.created_at,
        )


class Feed(BaseModel):
    """Published posts; `next_cursor` leads to those after them, null at the end."""

    items: list[PostBody]
    next_cursor: str | None


def post_routes(container: "Container") -> APIRouter:
    """The routes of posts."""
    router = APIRouter(tags=["posts"])
    unit_of_work, clock = container.unit_of_work, container.clock

    @router.post("/posts", status_code=HTTPStatus.CREATED, responses=problems(HTTPStatus.NOT_FOUND))
    async def create(body: NewPost) -> PostBody:
        """Write a draft."""
        command = CreatePost(body.author_id, body.title, body.body)
        return PostBody.of(await create_post(command, unit_of_work, clock))

    @router.post("/posts/{post_id}/publish", responses=problems(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT))
    async def publish(post_id: UUID) -> PostBody:
        """Publish a post. Doing it again gives the same answer."""
        return PostBody.of(await publish_post(PublishPost(post_id), unit_of_work, clock))

    @router.get("/feed", responses=problems())
    async def feed(
        limit: Annotated[int, Query(ge=1, le=MAX_PER_PAGE)] = 20,
        cursor: Annotated[str | None, Query(max_length=1000)] = None,
    ) -> Feed:
        """Read published posts, newest first, onwards from a cursor."""
        page = await read_feed(limit, cursor or None, container.posts)
        return Feed(items=list(map(PostBody.of, page.items)), next_cursor=page.next_cursor)

    return router
