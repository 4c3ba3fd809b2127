"""What can be wrong with a wish about users?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend.domain.errors import Conflict, NotFound

if TYPE_CHECKING:
    from uuid import UUID


class UserNotFound(NotFound):
    """There is no such user, or it was deleted; `user_id` is None where it was looked for by its address."""

    code = "user-not-found"

    def __init__(self, user_id: UUID | None = None) -> None:
        super().__init__(f"there is no user {user_id}" if user_id else "there is no user with that e-mail address")
        self.user_id = user_id


class EmailAlreadyExists(Conflict):
    """Another living user has the address, in whatever case it was typed."""

    code = "email-already-exists"

    def __init__(self) -> None:
        super().__init__("another user has that e-mail address")
