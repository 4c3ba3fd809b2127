"""Look at one account."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uuid import UUID

    from backend.domain.account import Account, ReadRepository


async def get_account(account_id: UUID, accounts: ReadRepository) -> Account:
    """The account; raises `AccountNotFound`."""
    return await accounts.find_by_id(account_id)
