"""What can be wrong with a wish, in four kinds.

    DomainError
    ├── Invalid      the values cannot be meant, or the rules forbid them
    ├── NotFound     what it names is not there
    └── Conflict     it cannot be fulfilled beside what is there
        └── ConcurrentChange   someone else changed the object in between

Each error has a `code`, a stable name for programs. Messages name objects by their id and hold no personal data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from uuid import UUID


class DomainError(Exception):
    """A wish that cannot be fulfilled; `code` names its reason for programs, the message for people."""

    code: ClassVar[str]


class Invalid(DomainError):
    """The values cannot be meant, or the rules forbid them."""

    code = "invalid"


class NotFound(DomainError):
    """What the wish names is not there."""

    code = "not-found"


class Conflict(DomainError):
    """The wish cannot be fulfilled beside what is there."""

    code = "conflict"


class ConcurrentChange(Conflict):
    """The object was changed or deleted after it was read: read it again, then decide again."""

    code = "concurrent-change"

    def __init__(self, identity: UUID, what: str) -> None:
        super().__init__(f"{what} {identity} was changed or deleted after it was read; read it again")
        self.what = what
        self.identity = identity
