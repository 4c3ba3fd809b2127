"""How accounts and transfers are kept and found: the ports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from uuid import UUID

    from backend.domain.account.account import Account
    from backend.domain.account.transfer import Transfer


class Repository(Protocol):
    """The accounts, within one unit of work."""

    async def find_by_id(self, account_id: UUID) -> Account:
        """The account; raises `AccountNotFound`."""

    async def find_by_id_for_update(self, account_id: UUID) -> Account:
        """The account, which no other unit of work changes until this one ends; raises `AccountNotFound`.

        Whoever needs two asks in the order of their ids: else two units wait for each other.
        """

    async def save(self, account: Account) -> Account:
        """Inserts a new account, or changes the one that was read; gives it with its new version.

        Raises `UserNotFound` for an owner who never was, `ConcurrentChange` where it was changed after it was read.
        """


class Transfers(Protocol):
    """The transfers, within one unit of work."""

    async def add(self, transfer: Transfer) -> None:
        """Keeps a new transfer; raises `AccountNotFound`."""

    async def find_by_id(self, transfer_id: UUID) -> Transfer:
        """The transfer; raises `TransferNotFound`."""


class ReadRepository(Protocol):
    """The accounts, for looking at them."""

    async def find_by_id(self, account_id: UUID) -> Account:
        """The account; raises `AccountNotFound`."""
