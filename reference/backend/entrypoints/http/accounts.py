"""Accounts and transfers over HTTP. Amounts are texts such as "12.50": a JSON number is a float to many."""

from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Response
from pydantic import BaseModel, Field

from backend.application.command.open_account import OpenAccount, open_account
from backend.application.command.transfer_funds import TransferFunds, transfer_funds
from backend.application.query.get_account import get_account
from backend.domain.account import Account, Transfer
from backend.entrypoints.http.problems import problems

if TYPE_CHECKING:
    from backend.container import Container

Amount = Annotated[str, Field(examples=["12.50"], json_schema_extra={"pattern": r"^[0-9]{1,17}(\.[0-9]{1,2})?$"})]


class NewAccount(BaseModel):
    """An account to be opened."""

    owner_id: UUID
    balance: Amount


class AccountBody(BaseModel):
    """An account."""

    id: UUID
    owner_id: UUID
    balance: Amount

    @classmethod
    def of(cls, account: Account) -> "AccountBody":
        """The account as it is shown."""
        return cls(id=account.id, owner_id=account.owner_id, balance=str(account.balance))


class NewTransfer(BaseModel):
    """Money that is to go from one account to another."""

    from_account: UUID = Field(alias="from")
    to_account: UUID = Field(alias="to")
    amount: Amount


class TransferBody(BaseModel):
    """Money that went from one account to another."""

    id: UUID
    from_account: UUID = Field(serialization_alias="from")
    to_account: UUID = Field(serialization_alias="to")
    amount: Amount

    @classmethod
    def of(cls, transfer: Transfer) -> "TransferBody":
        """The transfer as it is shown."""
        return cls(
            id=transfer.id,
            from_account=transfer.from_account,
            to_account=transfer.to_account,
            amount=str(transfer.amount),
        )


def account_routes(container: "Container") -> APIRouter:
    """The routes of accounts."""
    router = APIRouter(tags=["accounts"])
    unit_of_work, clock = container.unit_of_work, container.clock

    @router.post("/accounts", status_code=HTTPStatus.CREATED, responses=problems(HTTPStatus.NOT_FOUND))
    async def open_one(body: NewAccount, response: Response) -> AccountBody:
        """Open an account."""
        account = await open_account(OpenAccount(body.owner_id, body.balance), unit_of_work, clock)
        response.headers["Location"] = f"/accounts/{account.id}"
        return AccountBody.of(account)

    @router.get("/accounts/{account_id}", responses=problems(HTTPStatus.NOT_FOUND))
    async def get(account_id: UUID) -> AccountBody:
        """Get an account."""
        return AccountBody.of(await get_account(account_id, container.accounts))

    @router.post(
        "/transfers",
        status_code=HTTPStatus.CREATED,
        responses=problems(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
    )
    async def transfer(
        body: NewTransfer,
        idempotency_key: Annotated[str | None, Header(min_length=1, max_length=255, pattern=r"^[ -~]+$")] = None,
    ) -> TransferBody:
        """Transfer money. A call repeated under the same Idempotency-Key is one transfer and has the same answer."""
        command = TransferFunds(body.from_account, body.to_account, body.amount, idempotency_key)
        return TransferBody.of(await transfer_funds(command, unit_of_work, clock))

    return router
