"""Open an account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend.application.messages import account_opened
from backend.domain.account import Account, Money

if TYPE_CHECKING:
    from uuid import UUID

    from backend.application.ports.clock import Clock
    from backend.application.ports.unit_of_work import Repositories, UnitOfWork


@dataclass(frozen=True, slots=True)
class OpenAccount:
    """A user wants to hold money: `balance` from the start, as in "12.50"."""

    owner_id: UUID
    balance: str


async def open_account(command: OpenAccount, unit_of_work: UnitOfWork, clock: Clock) -> Account:
    """The new account; raises `InvalidAmount`, `UserNotFound`."""
    account = Account.open(command.owner_id, Money.parse(command.balance), clock())

    async def save(repositories: Repositories) -> Account:
        await repositories.users.find_by_id(command.owner_id)
        saved = await repositories.accounts.save(account)
        await repositories.outbox.append(account_opened(saved))
        return saved

    return await unit_of_work.execute(save)
