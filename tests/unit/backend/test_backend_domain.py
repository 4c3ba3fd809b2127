"""The backend's values and entities keep their rules by themselves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.account import (
    Account,
    BalanceTooLarge,
    InsufficientFunds,
    InvalidAmount,
    Money,
    SameAccount,
    Transfer,
)
from backend.domain.account.money import LARGEST
from backend.domain.errors import DomainError
from backend.domain.paging import InvalidPage, PageRequest
from backend.domain.post import Post, Status
from backend.domain.text import InvalidText
from backend.domain.user import Email, InvalidEmail, Role, User

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
AMOUNTS = st.decimals(0, LARGEST, places=2, allow_nan=False, allow_infinity=False).map(Money)


@given(AMOUNTS)
def test_money_is_read_as_it_is_written(money: Money) -> None:
    assert Money.parse(str(money)) == money
    assert len(str(money).partition(".")[2]) == 2


@given(st.text())
def test_any_text_is_money_or_an_invalid_amount(text: str) -> None:
    try:
        money = Money.parse(text)
    except InvalidAmount:
        return
    assert money.amount == Decimal(text)


@pytest.mark.parametrize("amount", ["-0.01", "0.001", "100000000000000000", "NaN", "sNaN", "Infinity", "1e-99", "1e99"])
def test_money_that_cannot_be_held_is_refused(amount: str) -> None:
    with pytest.raises(InvalidAmount):
        Money(Decimal(amount))


@given(AMOUNTS, AMOUNTS)
def test_what_leaves_one_account_comes_into_the_other(balance: Money, amount: Money) -> None:
    here, there = Account.open(uuid4(), balance, NOW), Account.open(uuid4(), Money(Decimal(0)), NOW)
    try:
        debited = here.debit(amount, LATER)
    except InsufficientFunds:
        assert amount > balance
        return
    credited = there.credit(amount, LATER)
    assert debited.balance.amount + credited.balance.amount == balance.amount
    assert (debited.updated_at, here.balance) == (LATER, balance)


def test_an_account_holds_no_more_than_can_be_counted() -> None:
    full = Account.open(uuid4(), Money(LARGEST), NOW)
    with pytest.raises(BalanceTooLarge):
        full.credit(Money.parse("0.01"), NOW)


def test_a_transfer_has_two_accounts_and_an_amount() -> None:
    account = uuid4()
    with pytest.raises(SameAccount):
        Transfer.order(account, account, Money.parse("1"), NOW)
    with pytest.raises(InvalidAmount):
        Transfer.order(account, uuid4(), Money.parse("0"), NOW)


@given(st.text())
def test_any_text_is_an_address_or_an_invalid_email(text: str) -> None:
    for candidate in (text, f"{text}@example.com", f"ada@{text}"):
        try:
            email = Email(candidate)
        except InvalidEmail:
            continue
        assert email == Email(candidate.swapcase())
        assert hash(email) == hash(Email(candidate.swapcase()))
        assert str(email) == candidate


@pytest.mark.parametrize("text", ["a@b.co", "o'brien+tag@x-y.example.org", "A.B_c@1.example", f"{'a' * 64}@b.example"])
def test_an_address_is_kept_as_typed(text: str) -> None:
    assert (str(Email(text)), Email(text).key) == (text, text.lower())


def test_a_new_user_is_a_member() -> None:
    user = User.register(Email("ada@example.com"), " Ada ", NOW)
    assert (user.name, user.role, user.version) == ("Ada", Role.MEMBER, 0)
    assert user.with_role(Role.MEMBER, LATER) is user
    assert (user.with_role(Role.ADMIN, LATER).role, user.role) == (Role.ADMIN, Role.MEMBER)


@pytest.mark.parametrize("name", ["", " \t ", "a\0b", "a\nb", "x" * 101, "\ud800"])
def test_a_name_that_cannot_be_kept_is_refused(name: str) -> None:
    with pytest.raises(InvalidText):
        User.register(Email("ada@example.com"), name, NOW)


def test_a_post_keeps_the_time_of_its_first_publishing() -> None:
    draft = Post.draft(uuid4(), "Title", "", NOW)
    published = draft.publish(LATER)
    assert (draft.status, draft.published_at) == (Status.DRAFT, None)
    assert (published.status, published.published_at) == (Status.PUBLISHED, LATER)
    assert published.publish(LATER + timedelta(days=1)) is published


@pytest.mark.parametrize(("number", "size"), [(0, 20), (-1, 20), (2**31, 20), (1, 0), (1, 101)])
def test_a_page_out_of_range_is_refused(number: int, size: int) -> None:
    with pytest.raises(InvalidPage):
        PageRequest(number, size)


def test_the_farthest_page_has_an_offset_that_a_bigint_holds() -> None:
    assert PageRequest(2**31 - 1, 100).offset < 2**63


def test_each_error_has_a_code_of_its_own() -> None:
    def leaves(error: type[DomainError]) -> list[type[DomainError]]:
        return [error, *(leaf for child in error.__subclasses__() for leaf in leaves(child))]

    codes = [error.code for error in leaves(DomainError)[1:]]
    assert len(codes) == len(set(codes))
