"""How is it all or nothing in memory? A unit works on a copy, which takes the place of the tables when it succeeds.

Units follow one another, so none sees half of another's work: stricter than PostgreSQL, and slower than it too once the
tables are large.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from backend.infrastructure.memory.accounts import MemoryAccounts, MemoryTransfers
from backend.infrastructure.memory.cursor import CursorSeal
from backend.infrastructure.memory.idempotency_keys import MemoryIdempotencyKeys
from backend.infrastructure.memory.outbox import MemoryOutbox
from backend.infrastructure.memory.posts import MemoryPosts
from backend.infrastructure.memory.tables import Tables
from backend.infrastructure.memory.users import MemoryUsers

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from backend.application.ports.unit_of_work import Repositories

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class MemoryRepositories:
    """All that one unit of work can reach."""

    users: MemoryUsers
    posts: MemoryPosts
    accounts: MemoryAccounts
    transfers: MemoryTransfers
    idempotency_keys: MemoryIdempotencyKeys
    outbox: MemoryOutbox


class MemoryUnitOfWork:
    """Units of work over `tables`, which others may look at: they hold what was completed, nothing else."""

    def __init__(self, seal: CursorSeal | None = None) -> None:
        self.tables = Tables()
        self.seal = seal or CursorSeal()
        self._turn = asyncio.Lock()
        self._owner: asyncio.Task[object] | None = None

    async def execute(self, fn: Callable[[Repositories], Awaitable[Result]]) -> Result:
        """Calls `fn` when the units before it have ended; keeps what it did when it returns, nothing when it raises.

        Raises RuntimeError where the same task is within a unit of work already: it would wait for itself.
        """
        if self._owner is asyncio.current_task():
            message = "this task is within a unit of work already; give its repositories to what is called"
            raise RuntimeError(message)
        async with self._turn:
            self._owner = asyncio.current_task()
            attempt = _Attempt(self.tables.copy())
            try:
                result = await fn(attempt.repositories(self.seal))
                self.tables = attempt.reach()
            finally:
                attempt.tables = None
                self._owner = None
        return result


@dataclass(slots=True)
class _Attempt:
    """The copy that one unit works on; None after its end."""

    tables: Tables | None

    def reach(self) -> Tables:
        if self.tables is None:
            message = "the unit of work of these repositories has ended"
            raise RuntimeError(message)
        return self.tables

    def repositories(self, seal: CursorSeal) -> MemoryRepositories:
        return MemoryRepositories(
            MemoryUsers(self.reach),
            MemoryPosts(self.reach, seal),
            MemoryAccounts(self.reach),
            MemoryTransfers(self.reach),
            MemoryIdempotencyKeys(self.reach),
            MemoryOutbox(self.reach),
        )
