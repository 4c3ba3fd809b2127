"""What is a post, and how is it published?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from backend.domain.text import one_line, prose

if TYPE_CHECKING:
    from datetime import datetime

MAX_TITLE = 200
MAX_BODY = 100_000


class Status(StrEnum):
    """Who can read a post."""

    DRAFT = "draft"
    PUBLISHED = "published"


@dataclass(frozen=True, slots=True)
class Post:
    """What a user wrote. The constructor trusts its values: repositories use it; `draft` makes a new post.

    `published_at` is None for a draft. `version` counts the times that the post was saved, 0 for one that never was.
    """

    id: UUID
    author_id: UUID
    title: str
    body: str
    status: Status
    published_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int = 0

    @classmethod
    def draft(cls, author_id: UUID, title: str, body: str, at: datetime) -> Post:
        """A new post that nobody reads yet; raises `InvalidText` for a text that cannot be kept."""
        title = one_line("title", title, MAX_TITLE)
        return cls(uuid4(), author_id, title, prose("body", body, MAX_BODY), Status.DRAFT, None, at, at)

    def publish(self, at: datetime) -> Post:
        """The post as published; itself where it was before, so that its time stays."""
        if self.status is Status.PUBLISHED:
            return self
        return replace(self, status=Status.PUBLISHED, published_at=at, updated_at=at)
