"""How are accounts and transfers kept in PostgreSQL?"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from backend.domain.account import Account, AccountNotFound, Money, Transfer, TransferNotFound
from backend.domain.errors import ConcurrentChange
from backend.domain.user import UserNotFound
from whimbrel.persistence import (
    ConstraintMap,
    Insert,
    PostgresRepository,
    Query,
    RowLock,
    Strength,
    Upsert,
)

_COLUMNS = ("id", "owner_id", "balance", "created_at", "updated_at", "version")


def reconstitute(
    id: UUID,  # noqa: A002 - the column's name
    owner_id: UUID,
    balance: Decimal,
    created_at: datetime,
    updated_at: datetime,
    version: int,
) -> Account:
    """Make the account that a row holds."""
    return Account(id, owner_id, Money(balance), created_at, updated_at, version)


def reconstitute_transfer(
    id: UUID,  # noqa: A002 - the column's name
    from_account_id: UUID,
    to_account_id: UUID,
    amount: Decimal,
    created_at: datetime,
) -> Transfer:
    """Make the transfer that a row holds."""
    return Transfer(id, from_account_id, to_account_id, Money(amount), created_at)


BY_ID = Query(
    "accounts.by_id", _COLUMNS, "accounts", reconstitute, where="id = %(id)s", params={"id": UUID},
    locks=(RowLock(Strength.NO_KEY_UPDATE),),
)  # fmt: skip
SAVE = Upsert(
    "accounts.save", "accounts",
    {"id": UUID, "owner_id": UUID, "balance": Decimal, "created_at": datetime, "updated_at": datetime},
    key=("id",), update=("balance", "updated_at"), version="version", returning=_COLUMNS, row=reconstitute,
)  # fmt: skip
ADD_TRANSFER = Insert(
    "transfers.add", "transfers",
    {"id": UUID, "from_account_id": UUID, "to_account_id": UUID, "amount": Decimal, "created_at": datetime},
)  # fmt: skip
TRANSFER_BY_ID = Query(
    "transfers.by_id", ("id", "from_account_id", "to_account_id", "amount", "created_at"), "transfers",
    reconstitute_transfer, where="id = %(id)s", params={"id": UUID},
)  # fmt: skip


class AccountRepository(PostgresRepository):
    """The accounts of the table `accounts`; implements both ports."""

    async def find_by_id(self, account_id: UUID) -> Account:
        """The account; raises `AccountNotFound`."""
        return _found(await self.querier.optional(BY_ID.select(id=account_id)), account_id)

    async def find_by_id_for_update(self, account_id: UUID) -> Account:
        """The account, locked until the unit of work ends; raises `AccountNotFound`.

        No key changes, so FOR NO KEY UPDATE is enough: rows that refer to the account can be written meanwhile.
        """
        querier = self.locking(BY_ID.name)
        return _found(
            await querier.optional(BY_ID.select(id=account_id, lock=RowLock(Strength.NO_KEY_UPDATE))), account_id
        )

    async def save(self, account: Account) -> Account:
        """Inserts or changes; raises `UserNotFound`, `ConcurrentChange`."""
        call = SAVE.save(
            id=account.id, owner_id=account.owner_id, balance=account.balance.amount, created_at=account.created_at,
            updated_at=account.updated_at, version=account.version,
        )  # fmt: skip
        missing = ConstraintMap({"accounts_owner_id_fkey": lambda _: UserNotFound(account.owner_id)})
        async with self.translated(missing):
            saved = await self.querier.optional(call)
        if saved is None:
            raise ConcurrentChange(account.id, "account")
        return saved


class TransferRepository(PostgresRepository):
    """The transfers of the table `transfers`."""

    async def add(self, transfer: Transfer) -> None:
        """Keeps a new transfer; raises `AccountNotFound`."""
        call = ADD_TRANSFER.insert(
            id=transfer.id, from_account_id=transfer.from_account, to_account_id=transfer.to_account,
            amount=transfer.amount.amount, created_at=transfer.created_at,
        )  # fmt: skip
        missing = ConstraintMap(
            {
                "transfers_from_account_id_fkey": lambda _: AccountNotFound(transfer.from_account),
                "transfers_to_account_id_fkey": lambda _: AccountNotFound(transfer.to_account),
            }
        )
        async with self.translated(missing):
            await self.querier.execute(call)

    async def find_by_id(self, transfer_id: UUID) -> Transfer:
        """The transfer; raises `TransferNotFound`."""
        found = await self.querier.optional(TRANSFER_BY_ID.select(id=transfer_id))
        if found is None:
            raise TransferNotFound(transfer_id)
        return found


def _found(account: Account | None, account_id: UUID) -> Account:
    if account is None:
        raise AccountNotFound(account_id)
    return account
