"""What can be wrong with a wish about accounts?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend.domain.errors import Invalid, NotFound

if TYPE_CHECKING:
    from uuid import UUID


class AccountNotFound(NotFound):
    """There is no such account."""

    code = "account-not-found"

    def __init__(self, account_id: UUID) -> None:
        super().__init__(f"there is no account {account_id}")
        self.account_id = account_id


class TransferNotFound(NotFound):
    """There is no such transfer."""

    code = "transfer-not-found"

    def __init__(self, transfer_id: UUID) -> None:
        super().__init__(f"there is no transfer {transfer_id}")
        self.transfer_id = transfer_id


class InsufficientFunds(Invalid):
    """The account holds less than what should leave it; the message does not tell how much it holds."""

    code = "insufficient-funds"

    def __init__(self, account_id: UUID) -> None:
        super().__init__(f"account {account_id} holds less than that")
        self.account_id = account_id


class BalanceTooLarge(Invalid):
    """The account would hold more than can be counted."""

    code = "balance-too-large"

    def __init__(self, account_id: UUID) -> None:
        super().__init__(f"account {account_id} cannot hold that much")
        self.account_id = account_id


class SameAccount(Invalid):
    """A transfer from an account to itself."""

    code = "same-account"

    def __init__(self, account_id: UUID) -> None:
        super().__init__(f"a transfer needs two accounts, and both are {account_id}")
        self.account_id = account_id
