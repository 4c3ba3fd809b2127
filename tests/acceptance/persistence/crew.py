"""Several at once: tasks. `crew_of_threads` has the same for threads."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

T = TypeVar("T")


async def together(*works: Callable[[], Awaitable[T]]) -> list[T | BaseException]:
    """Run all at once, each in a task of its own; return what each returned or raised."""

    async def run(work: Callable[[], Awaitable[T]]) -> T:
        return await work()

    return await asyncio.gather(*(run(work) for work in works), return_exceptions=True)


class Meeting:
    """A point where as many wait as there are parties, and then all go on."""

    def __init__(self, parties: int) -> None:
        self._missing = parties
        self._all_here = asyncio.Event()

    async def wait(self) -> None:
        self._missing -= 1
        if self._missing == 0:
            self._all_here.set()
        await asyncio.wait_for(self._all_here.wait(), 20)
