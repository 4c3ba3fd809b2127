"""Money that users hold, and how it goes from one account to another."""

from backend.domain.account.account import Account
from backend.domain.account.errors import (
    AccountNotFound,
    BalanceTooLarge,
    InsufficientFunds,
    SameAccount,
    TransferNotFound,
)
from backend.domain.account.money import InvalidAmount, Money
from backend.domain.account.repository import ReadRepository, Repository, Transfers
from backend.domain.account.transfer import Transfer

__all__ = [
    "Account",
    "AccountNotFound",
    "BalanceTooLarge",
    "InsufficientFunds",
    "InvalidAmount",
    "Money",
    "ReadRepository",
    "Repository",
    "SameAccount",
    "Transfer",
    "TransferNotFound",
    "Transfers",
]
