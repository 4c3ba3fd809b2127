"""A backend in memory: for tests, and to try the HTTP interface without a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend.application.ports.clock import Clock, utc_now
from backend.application.ports.readiness import Readiness
from backend.container import Container
from backend.infrastructure.memory.accounts import MemoryAccounts
from backend.infrastructure.memory.posts import MemoryPosts
from backend.infrastructure.memory.unit_of_work import MemoryUnitOfWork
from backend.infrastructure.memory.users import MemoryUsers

if TYPE_CHECKING:
    from backend.infrastructure.memory.tables import Tables


class AlwaysReady:
    """Memory can always serve; it has no schema, so no version."""

    async def check(self) -> Readiness:
        """Ready."""
        return Readiness(ready=True, version=None)


def memory_container(unit_of_work: MemoryUnitOfWork | None = None, clock: Clock = utc_now) -> Container:
    """A container over a new memory, or over that of `unit_of_work`."""
    memory = unit_of_work or MemoryUnitOfWork()

    def completed() -> Tables:
        return memory.tables

    return Container(
        memory,
        MemoryUsers(completed),
        MemoryPosts(completed, memory.seal),
        MemoryAccounts(completed),
        AlwaysReady(),
        clock,
    )
