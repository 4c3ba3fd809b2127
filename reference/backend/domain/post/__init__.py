"""What users write: a draft that is published once."""

from backend.domain.post.errors import PostNotFound
from backend.domain.post.post import Post, Status
from backend.domain.post.repository import ReadRepository, Repository

__all__ = ["Post", "PostNotFound", "ReadRepository", "Repository", "Status"]
