"""How long lists are read: by pages with a total, or onwards from a cursor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from backend.domain.errors import Invalid

Item = TypeVar("Item")

MAX_PER_PAGE = 100
MAX_PAGE = 2**31 - 1


class InvalidPage(Invalid):
    """A page number or a page size is out of range."""

    code = "invalid-page"


class InvalidCursor(Invalid):
    """A cursor that this list did not give."""

    code = "invalid-cursor"

    def __init__(self) -> None:
        super().__init__("the cursor is none that this list gave; leave it out to begin at the newest")


@dataclass(frozen=True, slots=True)
class PageRequest:
    """The page `number` (from 1) of pages with `size` items; raises `InvalidPage` out of range."""

    number: int = 1
    size: int = 20

    def __post_init__(self) -> None:
        if not 1 <= self.number <= MAX_PAGE:
            message = f"page {self.number} is not in 1 to {MAX_PAGE}"
            raise InvalidPage(message)
        check_size(self.size)

    @property
    def offset(self) -> int:
        """How many items come before the page."""
        return (self.number - 1) * self.size


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """The items of one page; `total` counts those of all pages, and is right past the end too."""

    items: tuple[Item, ...]
    total: int


@dataclass(frozen=True, slots=True)
class KeysetPage(Generic[Item]):
    """Items in order; `next_cursor` leads to those after them, None at the end."""

    items: tuple[Item, ...]
    next_cursor: str | None


def check_size(size: int) -> None:
    """Raises `InvalidPage` where a page cannot have `size` items."""
    if not 1 <= size <= MAX_PER_PAGE:
        message = f"{size} items a page is not in 1 to {MAX_PER_PAGE}"
        raise InvalidPage(message)
