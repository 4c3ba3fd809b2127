"""How is a wish fulfilled in whole, or not at all, in PostgreSQL?"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from backend.application.ports.unit_of_work import StoreUnavailable
from backend.infrastructure.persistence.outbox import PostgresOutbox
from backend.infrastructure.persistence.repository.account_repository import AccountRepository, TransferRepository
from backend.infrastructure.persistence.repository.idempotency_repository import IdempotencyRepository
from backend.infrastructure.persistence.repository.post_repository import PostRepository
from backend.infrastructure.persistence.repository.user_repository import UserRepository
from whimbrel.persistence import CursorCodec, Database, RetryPolicy, Transaction, UnitOfWork
from whimbrel.persistence.errors import (
    CommitOutcomeUnknown,
    ConnectionFailed,
    ConnectionLost,
    PoolClosed,
    PoolExhausted,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from backend.application.ports.unit_of_work import Repositories

Result = TypeVar("Result")
_AWAY = (ConnectionFailed, ConnectionLost, CommitOutcomeUnknown, PoolExhausted, PoolClosed)


@dataclass(frozen=True, slots=True)
class PostgresRepositories:
    """All that one unit of work can reach."""

    users: UserRepository
    posts: PostRepository
    accounts: AccountRepository
    transfers: TransferRepository
    idempotency_keys: IdempotencyRepository
    outbox: PostgresOutbox


class PostgresUnitOfWork:
    """Units of work in transactions; one that meets another is run again."""

    def __init__(self, database: Database, cursors: CursorCodec) -> None:
        self._cursors = cursors
        self._unit_of_work = UnitOfWork(database)

    async def execute(self, fn: Callable[[Repositories], Awaitable[Result]]) -> Result:
        """Calls `fn` in a transaction; raises `StoreUnavailable` where PostgreSQL is away."""

        async def work(transaction: Transaction) -> Result:
            return await fn(
                PostgresRepositories(
                    UserRepository(transaction),
                    PostRepository(transaction, self._cursors),
                    AccountRepository(transaction),
                    TransferRepository(transaction),
                    IdempotencyRepository(transaction),
                    PostgresOutbox(transaction),
                )
            )

        with store_is_there():
            return await self._unit_of_work.execute(
                work, retry=RetryPolicy(), name=getattr(fn, "__qualname__", "unit of work")
            )


@contextmanager
def store_is_there() -> Iterator[None]:
    """Say in the application's words that PostgreSQL is away."""
    try:
        yield
    except _AWAY as error:
        raise StoreUnavailable(error.message) from error
