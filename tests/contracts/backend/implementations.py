"""What keeps the backend's contract: today the twins in memory; PostgreSQL is added here, as one more opener.

An opener is an async context manager, entered in the test's own event loop, that gives a fresh and empty store.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from backend.application.ports.outbox import Message
from backend.infrastructure.memory.container import memory_container
from backend.infrastructure.memory.unit_of_work import MemoryUnitOfWork
from backend.infrastructure.persistence.container import postgres_container
from whimbrel.migrator import Migrator, parse_url, path_source
from whimbrel.persistence import CursorCodec, Database, Pooler, PoolSettings, Statement

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Sequence

    import pytest

    from backend.application.ports.unit_of_work import Repositories
    from backend.container import Container

Result = TypeVar("Result")
MIGRATIONS = Path(__file__).parents[3] / "reference" / "backend" / "migrations"


def _message(topic: str, key: str, payload: dict[str, str]) -> Message:
    return Message(topic, key, payload)


MESSAGES: Statement[Any] = Statement("outbox.all", "SELECT topic, key, payload FROM outbox ORDER BY id", _message, {})


@dataclass(slots=True)
class Ticks:
    """A clock that goes on by a second with each look, so that "newer" is never a tie."""

    now: datetime = datetime(2026, 1, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@dataclass(frozen=True, slots=True)
class Implementation:
    """A store under test; `messages` reads what the outbox holds, in its order."""

    container: Container
    messages: Callable[[], Awaitable[Sequence[Message]]]

    async def within(self, fn: Callable[[Repositories], Awaitable[Result]]) -> Result:
        """What `fn` returns, done in a unit of work."""
        return await self.container.unit_of_work.execute(fn)

    def clock(self) -> datetime:
        """The next time."""
        return self.container.clock()


Opener = Callable[["pytest.FixtureRequest"], AbstractAsyncContextManager["Implementation"]]


@asynccontextmanager
async def memory(_: pytest.FixtureRequest) -> AsyncIterator[Implementation]:
    unit_of_work = MemoryUnitOfWork()

    async def messages() -> Sequence[Message]:
        return unit_of_work.tables.messages

    yield Implementation(memory_container(unit_of_work, Ticks()), messages)


@asynccontextmanager
async def postgres(request: pytest.FixtureRequest) -> AsyncIterator[Implementation]:
    async with on_postgres(request.getfixturevalue("database"), PoolSettings(service="contract")) as implementation:
        yield implementation


@asynccontextmanager
async def pgbouncer(request: pytest.FixtureRequest) -> AsyncIterator[Implementation]:
    url = request.getfixturevalue("behind_pgbouncer")
    settings = PoolSettings(service="contract", pooler=Pooler.PGBOUNCER_TRANSACTION)
    async with on_postgres(request.getfixturevalue("database"), settings, url) as implementation:
        yield implementation


@asynccontextmanager
async def on_postgres(url: str, settings: PoolSettings, way: str = "") -> AsyncIterator[Implementation]:
    """The schema at `url`, which may be reached by another `way`."""
    with Migrator(path_source(str(MIGRATIONS)), parse_url(url)) as migrator:
        migrator.up()
    async with await Database.open(way or url, settings) as database:

        async def messages() -> Sequence[Message]:
            return await database.querier().many(MESSAGES)

        yield Implementation(postgres_container(database, CursorCodec(b"0123456789abcdef"), Ticks()), messages)


OPENERS: tuple[Opener, ...] = (memory, postgres, pgbouncer)
