"""How is a wish fulfilled in whole, or not at all?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from backend.application.ports.idempotency import IdempotencyKeys
    from backend.application.ports.outbox import Outbox
    from backend.domain import account, post, user

Result = TypeVar("Result")


class StoreUnavailable(Exception):
    """The store cannot be reached for now; nothing was done, or the message says that it is unknown."""


class Repositories(Protocol):
    """All that one unit of work can reach; it must not be used after its end."""

    @property
    def users(self) -> user.Repository:
        """The users."""

    @property
    def posts(self) -> post.Repository:
        """The posts."""

    @property
    def accounts(self) -> account.Repository:
        """The accounts."""

    @property
    def transfers(self) -> account.Transfers:
        """The transfers."""

    @property
    def idempotency_keys(self) -> IdempotencyKeys:
        """The calls that were answered."""

    @property
    def outbox(self) -> Outbox:
        """What is to be told to others."""


class UnitOfWork(Protocol):
    """Does several things in whole, or not at all."""

    async def execute(self, fn: Callable[[Repositories], Awaitable[Result]]) -> Result:
        """Calls `fn`, makes all that it did lasting when it returns, and undoes all of it when it raises.

        `fn` may be called again, from its beginning, after a conflict with another unit: it must change nothing but
        what it is given. Raises what `fn` raises, and `StoreUnavailable`.
        """
