"""Transfer money from one account to another: once, in whole, and never below zero."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING
from uuid import UUID

from backend.application.messages import funds_transferred
from backend.application.ports.idempotency import IdempotentCall
from backend.domain.account import Money, Transfer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from backend.application.ports.clock import Clock
    from backend.application.ports.unit_of_work import Repositories, UnitOfWork


@dataclass(frozen=True, slots=True)
class TransferFunds:
    """`amount`, as in "12.50", is to go from one account to another; a call repeated under a key does it once."""

    from_account: UUID
    to_account: UUID
    amount: str
    idempotency_key: str | None = None


async def transfer_funds(command: TransferFunds, unit_of_work: UnitOfWork, clock: Clock) -> Transfer:
    """The transfer that was done, now or under the same key before.

    Raises `SameAccount`, `InvalidAmount`, `AccountNotFound`, `InsufficientFunds`, `BalanceTooLarge`,
    `IdempotencyKeyReused`.
    """
    now = clock()
    transfer = Transfer.order(command.from_account, command.to_account, Money.parse(command.amount), now)

    async def move(repositories: Repositories) -> Transfer:
        if command.idempotency_key is not None:
            done = await repositories.idempotency_keys.claim(
                _call(command.idempotency_key, transfer), _answer(transfer)
            )
            if done is not None:
                return _transfer(done)
        # In the order of their ids: of two opposite transfers one waits for the other, and none for ever.
        accounts = {
            account_id: await repositories.accounts.find_by_id_for_update(account_id)
            for account_id in sorted((transfer.from_account, transfer.to_account))
        }
        await repositories.accounts.save(accounts[transfer.from_account].debit(transfer.amount, now))
        await repositories.accounts.save(accounts[transfer.to_account].credit(transfer.amount, now))
        await repositories.transfers.add(transfer)
        await repositories.outbox.append(funds_transferred(transfer))
        return transfer

    return await unit_of_work.execute(move)


def _call(key: str, transfer: Transfer) -> IdempotentCall:
    asked = f"{transfer.from_account} {transfer.to_account} {transfer.amount}"
    return IdempotentCall("transfer-funds", key, sha256(asked.encode()).digest())


def _answer(transfer: Transfer) -> Mapping[str, str]:
    return {
        "id": str(transfer.id),
        "from": str(transfer.from_account),
        "to": str(transfer.to_account),
        "amount": str(transfer.amount),
        "created_at": transfer.created_at.isoformat(),
    }


def _transfer(answer: Mapping[str, str]) -> Transfer:
    return Transfer(
        UUID(answer["id"]),
        UUID(answer["from"]),
        UUID(answer["to"]),
        Money.parse(answer["amount"]),
        datetime.fromisoformat(answer["created_at"]),
    )
