"""What is an amount of money? Zero or more, exact, with two decimals, and never a float."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from backend.domain.errors import Invalid

LARGEST = Decimal("99999999999999999.99")
"""What a numeric(19, 2) can hold."""

_WRITTEN = re.compile(r"[0-9]{1,17}(\.[0-9]{1,2})?")
_CENT = Decimal("0.01")


class InvalidAmount(Invalid):
    """An amount cannot be meant: negative, not exact to two decimals, too large, or no number at all."""

    code = "invalid-amount"

    def __init__(self, reason: str) -> None:
        super().__init__(f"amount: {reason}")
        self.reason = reason


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount from 0 to `LARGEST`, with two decimals; raises `InvalidAmount`."""

    amount: Decimal

    def __post_init__(self) -> None:
        if not self.amount.is_finite() or not 0 <= self.amount <= LARGEST:
            reason = f"is not in 0 to {LARGEST}"
            raise InvalidAmount(reason)
        rounded = self.amount.quantize(_CENT)
        if rounded != self.amount:
            reason = "has more than two decimals"
            raise InvalidAmount(reason)
        object.__setattr__(self, "amount", rounded)

    @classmethod
    def parse(cls, text: str) -> Money:
        """The amount that is written as `12`, `12.3` or `12.34`; raises `InvalidAmount`."""
        if not _WRITTEN.fullmatch(text):
            reason = "is written in digits, at most 17, and at most two more after a point"
            raise InvalidAmount(reason)
        return cls(Decimal(text))

    def __str__(self) -> str:
        return f"{self.amount:.2f}"
