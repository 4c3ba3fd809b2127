"""What is a transfer? An amount that went from one account to another, once; it is never changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from backend.domain.account.errors import SameAccount
from backend.domain.account.money import InvalidAmount

if TYPE_CHECKING:
    from datetime import datetime

    from backend.domain.account.money import Money


@dataclass(frozen=True, slots=True)
class Transfer:
    """Money that went from one account to another. Repositories use the constructor; `order` makes a new transfer."""

    id: UUID
    from_account: UUID
    to_account: UUID
    amount: Money
    created_at: datetime

    @classmethod
    def order(cls, from_account: UUID, to_account: UUID, amount: Money, at: datetime) -> Transfer:
        """A new transfer; raises `SameAccount`, and `InvalidAmount` for nothing."""
        if from_account == to_account:
            raise SameAccount(from_account)
        if not amount.amount:
            reason = "a transfer is of more than 0"
            raise InvalidAmount(reason)
        return cls(uuid4(), from_account, to_account, amount, at)
