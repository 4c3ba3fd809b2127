"""The accounts and transfers, in memory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from backend.domain.account import AccountNotFound, TransferNotFound
from backend.domain.errors import ConcurrentChange
from backend.domain.user import UserNotFound

if TYPE_CHECKING:
    from uuid import UUID

    from backend.domain.account import Account, Transfer
    from backend.infrastructure.memory.tables import Reach


@dataclass(frozen=True, slots=True)
class MemoryAccounts:
    """The accounts of the tables in reach; both ports."""

    reach: Reach

    async def find_by_id(self, account_id: UUID) -> Account:
        """The account; raises `AccountNotFound`."""
        try:
            return self.reach().accounts[account_id]
        except KeyError:
            raise AccountNotFound(account_id) from None

    async def find_by_id_for_update(self, account_id: UUID) -> Account:
        """The same: units of work in memory follow one another anyway."""
        return await self.find_by_id(account_id)

    async def save(self, account: Account) -> Account:
        """Inserts or changes; raises `UserNotFound`, `ConcurrentChange`."""
        tables = self.reach()
        known = tables.accounts.get(account.id)
        if known and known.version != account.version:
            raise ConcurrentChange(account.id, "account")
        if not tables.has_been_user(account.owner_id):
            raise UserNotFound(account.owner_id)
        saved = replace(account, version=account.version + 1)
        tables.accounts[account.id] = saved
        return saved


@dataclass(frozen=True, slots=True)
class MemoryTransfers:
    """The transfers of the tables in reach."""

    reach: Reach

    async def add(self, transfer: Transfer) -> None:
        """Keeps a new transfer; raises `AccountNotFound`."""
        tables = self.reach()
        for account_id in (transfer.from_account, transfer.to_account):
            if account_id not in tables.accounts:
                raise AccountNotFound(account_id)
        tables.transfers[transfer.id] = transfer

    async def find_by_id(self, transfer_id: UUID) -> Transfer:
        """The transfer; raises `TransferNotFound`."""
        try:
            return self.reach().transfers[transfer_id]
        except KeyError:
            raise TransferNotFound(transfer_id) from None
