"""What is an account? It holds money, and never less than none."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from backend.domain.account.errors import BalanceTooLarge, InsufficientFunds
from backend.domain.account.money import LARGEST, Money

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Account:
    """Money that a user holds. The constructor trusts its values: repositories use it; `open` makes a new account.

    `version` counts the times that the account was saved, 0 for one that never was.
    """

    id: UUID
    owner_id: UUID
    balance: Money
    created_at: datetime
    updated_at: datetime
    version: int = 0

    @classmethod
    def open(cls, owner_id: UUID, balance: Money, at: datetime) -> Account:
        """A new account that holds `balance` from the start."""
        return cls(uuid4(), owner_id, balance, at, at)

    def debit(self, amount: Money, at: datetime) -> Account:
        """The account after `amount` left it; raises `InsufficientFunds`."""
        if self.balance < amount:
            raise InsufficientFunds(self.id)
        return replace(self, balance=Money(self.balance.amount - amount.amount), updated_at=at)

    def credit(self, amount: Money, at: datetime) -> Account:
        """The account after `amount` came in; raises `BalanceTooLarge`."""
        if self.balance.amount + amount.amount > LARGEST:
            raise BalanceTooLarge(self.id)
        return replace(self, balance=Money(self.balance.amount + amount.amount), updated_at=at)
