"""Who may sign in: one identity, one address, one role."""

from backend.domain.user.email import Email, InvalidEmail
from backend.domain.user.errors import EmailAlreadyExists, UserNotFound
from backend.domain.user.repository import CreateOutcome, ReadRepository, Repository
from backend.domain.user.user import Role, User

__all__ = [
    "CreateOutcome",
    "Email",
    "EmailAlreadyExists",
    "InvalidEmail",
    "ReadRepository",
    "Repository",
    "Role",
    "User",
    "UserNotFound",
]
