"""What can be wrong with a wish about posts?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend.domain.errors import NotFound

if TYPE_CHECKING:
    from uuid import UUID


class PostNotFound(NotFound):
    """There is no such post."""

    code = "post-not-found"

    def __init__(self, post_id: UUID) -> None:
        super().__init__(f"there is no post {post_id}")
        self.post_id = post_id
