"""What every implementation of the backend's ports does, in memory and on PostgreSQL."""

from __future__ import annotations

import asyncio
import inspect
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest

from backend.application.ports.idempotency import IdempotencyKeyReused, IdempotentCall
from backend.application.ports.outbox import Message
from backend.domain.account import Account, AccountNotFound, InsufficientFunds, Money, Transfer, TransferNotFound
from backend.domain.errors import ConcurrentChange
from backend.domain.paging import InvalidCursor, PageRequest
from backend.domain.post import Post, PostNotFound
from backend.domain.user import CreateOutcome, Email, EmailAlreadyExists, Role, User, UserNotFound

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from implementations import Implementation

    from backend.application.ports.unit_of_work import Repositories


async def register(store: Implementation, email: str, name: str = "Ada Lovelace") -> User:
    user = User.register(Email(email), name, store.clock())
    return await store.within(lambda repositories: repositories.users.save(user))


async def delete(store: Implementation, user: User) -> None:
    at = store.clock()
    await store.within(lambda repositories: repositories.users.delete(user.id, at))


async def publish(store: Implementation, author: User, count: int) -> list[Post]:
    """Posts, the oldest first."""
    posts = [Post.draft(author.id, f"Post {n}", "", store.clock()).publish(store.clock()) for n in range(count)]

    async def save(repositories: Repositories) -> list[Post]:
        return [await repositories.posts.save(post) for post in posts]

    return await store.within(save)


async def open_account(store: Implementation, owner: User, balance: str) -> Account:
    account = Account.open(owner.id, Money.parse(balance), store.clock())
    return await store.within(lambda repositories: repositories.accounts.save(account))


async def find_account(store: Implementation, account_id: UUID) -> Account:
    return await store.within(lambda repositories: repositories.accounts.find_by_id(account_id))


async def add(store: Implementation, transfer: Transfer) -> None:
    await store.within(lambda repositories: repositories.transfers.add(transfer))


# Users


async def a_saved_user_is_found_as_it_was(store: Implementation) -> None:
    saved = await register(store, "Ada@Example.com", "Ada Zoë Lovelace")
    found = await store.within(lambda repositories: repositories.users.find_by_id(saved.id))
    assert found == saved
    assert (str(found.email), found.name, found.role, found.version) == (
        "Ada@Example.com",
        "Ada Zoë Lovelace",
        Role.MEMBER,
        1,
    )
    assert found.created_at.utcoffset() == timedelta(0)
    assert await store.container.users.find_by_id(saved.id) == saved


async def a_user_is_found_by_address_in_whatever_case(store: Implementation) -> None:
    saved = await register(store, "Ada.I@Example.com")
    email = Email("ADA.i@EXAMPLE.COM")
    assert await store.within(lambda repositories: repositories.users.find_by_email(email)) == saved


async def an_unknown_user_is_not_found(store: Implementation) -> None:
    async def fails(wish: Callable[[Repositories], Awaitable[object]]) -> None:
        with pytest.raises(UserNotFound):
            await store.within(wish)

    at = store.clock()
    await fails(lambda repositories: repositories.users.find_by_id(uuid4()))
    await fails(lambda repositories: repositories.users.find_by_id_for_update(uuid4()))
    await fails(lambda repositories: repositories.users.find_by_email(Email("nobody@example.com")))
    await fails(lambda repositories: repositories.users.delete(uuid4(), at))
    with pytest.raises(UserNotFound):
        await store.container.users.find_by_id(uuid4())


async def a_user_is_changed_by_saving_it_again(store: Implementation) -> None:
    saved = await register(store, "ada@example.com")
    editor = saved.with_role(Role.EDITOR, store.clock())
    changed = await store.within(lambda repositories: repositories.users.save(editor))
    assert changed == replace(editor, version=2)
    assert await store.container.users.find_by_id(saved.id) == changed


async def a_taken_address_is_refused_in_whatever_case(store: Implementation) -> None:
    await register(store, "ida@example.com")
    with pytest.raises(EmailAlreadyExists):
        await register(store, "IDA@example.com")
    other = await register(store, "other@example.com")
    moved = replace(other, email=Email("Ida@Example.com"))
    with pytest.raises(EmailAlreadyExists):
        await store.within(lambda repositories: repositories.users.save(moved))
    assert (await store.container.users.list(PageRequest())).total == 2


async def a_user_that_was_changed_after_it_was_read_is_not_overwritten(store: Implementation) -> None:
    read = await register(store, "ada@example.com")
    first = read.with_role(Role.EDITOR, store.clock())
    second = read.with_role(Role.ADMIN, store.clock())
    await store.within(lambda repositories: repositories.users.save(first))
    with pytest.raises(ConcurrentChange):
        await store.within(lambda repositories: repositories.users.save(second))
    assert (await store.container.users.find_by_id(read.id)).role is Role.EDITOR


async def a_deleted_user_is_gone_and_saving_does_not_bring_it_back(store: Implementation) -> None:
    user = await register(store, "ada@example.com")
    await delete(store, user)
    with pytest.raises(UserNotFound):
        await store.container.users.find_by_id(user.id)
    with pytest.raises(UserNotFound):
        await delete(store, user)
    with pytest.raises(ConcurrentChange):
        await store.within(lambda repositories: repositories.users.save(user))
    assert list(await store.container.users.search("ada", 10)) == []
    listed = await store.container.users.list(PageRequest())
    assert (listed.items, listed.total) == ((), 0)


async def a_deleted_users_address_is_free_again(store: Implementation) -> None:
    await delete(store, await register(store, "ada@example.com"))
    again = await register(store, "ADA@example.com")
    await delete(store, again)
    third = await register(store, "Ada@example.com")
    email = Email("ada@example.com")
    assert await store.within(lambda repositories: repositories.users.find_by_email(email)) == third


async def many_users_are_created_each_with_its_outcome(store: Implementation) -> None:
    await register(store, "taken@example.com")
    addresses = ("one@example.com", "TAKEN@example.com", "two@example.com", "ONE@example.com", "three@example.com")
    users = [User.register(Email(address), "Many", store.clock()) for address in addresses]
    outcomes = await store.within(lambda repositories: repositories.users.create_many(users))
    created, conflict = CreateOutcome.CREATED, CreateOutcome.CONFLICT
    assert list(outcomes) == [created, conflict, created, conflict, created]
    for user, outcome in zip(users, outcomes, strict=True):
        if outcome is created:
            assert await store.container.users.find_by_id(user.id) == replace(user, version=1)
        else:
            with pytest.raises(UserNotFound):
                await store.container.users.find_by_id(user.id)


async def creating_no_users_gives_no_outcomes(store: Implementation) -> None:
    assert list(await store.within(lambda repositories: repositories.users.create_many([]))) == []


async def users_are_listed_newest_first_with_the_total_of_all_pages(store: Implementation) -> None:
    users = [await register(store, f"user{n}@example.com") for n in range(5)]
    await delete(store, users.pop(2))
    newest_first = tuple(reversed(users))
    first = await store.container.users.list(PageRequest(1, 3))
    second = await store.container.users.list(PageRequest(2, 3))
    assert (first.items, first.total) == (newest_first[:3], 4)
    assert (second.items, second.total) == (newest_first[3:], 4)


async def a_page_past_the_end_is_empty_and_its_total_is_right(store: Implementation) -> None:
    await register(store, "ada@example.com")
    for number in (2, 2**31 - 1):
        page = await store.container.users.list(PageRequest(number, 100))
        assert (page.items, page.total) == ((), 1)


async def users_of_one_time_are_listed_by_id_from_high_to_low(store: Implementation) -> None:
    at = store.clock()
    users = [User.register(Email(f"user{n}@example.com"), "Twin", at) for n in range(6)]
    await store.within(lambda repositories: repositories.users.create_many(users))
    listed = await store.container.users.list(PageRequest())
    assert [user.id for user in listed.items] == sorted((user.id for user in users), reverse=True)


async def users_are_found_by_the_beginnings_of_words(store: Implementation) -> None:
    ada = await register(store, "countess@analytical.example", "Ada Lovelace-King")
    await register(store, "charles@difference.example", "Charles Babbage")
    for query in ("ada", "LOVELACE", "love", "king", "ada love", "love ada", "countess@analytical.example", "analyt"):
        assert list(await store.container.users.search(query, 10)) == [ada], query
    for query in ("da", "ada babbage", "lovelaces", "", " ", "@", "!!", "' OR 1=1 --", "zzz:*", "\\", "&|!()<->"):
        assert list(await store.container.users.search(query, 10)) == [], query


async def the_best_found_users_come_first(store: Implementation) -> None:
    whole_twice = await register(store, "kim@one.example", "Kim Park")
    whole_once = await register(store, "park@two.example", "Kim Park")
    begun_once = await register(store, "x@three.example", "Kimberly Stone")
    newer_whole_once = await register(store, "stone@four.example", "Kim Stone")
    best_first = [whole_twice, newer_whole_once, whole_once, begun_once]
    assert list(await store.container.users.search("kim", 10)) == best_first
    assert list(await store.container.users.search("kim", 2)) == best_first[:2]


# Posts


async def a_saved_post_is_found_as_it_was(store: Implementation) -> None:
    author = await register(store, "ada@example.com")
    draft = Post.draft(author.id, "Notes", "Line 1\nLine 2 with % and \\ and 'quotes'", store.clock())
    saved = await store.within(lambda repositories: repositories.posts.save(draft))
    assert saved == replace(draft, version=1)
    assert await store.within(lambda repositories: repositories.posts.find_by_id(saved.id)) == saved
    published = saved.publish(store.clock())
    again = await store.within(lambda repositories: repositories.posts.save(published))
    assert again == replace(published, version=2)
    assert await store.within(lambda repositories: repositories.posts.find_by_id_for_update(saved.id)) == again


async def an_unknown_post_is_not_found(store: Implementation) -> None:
    with pytest.raises(PostNotFound):
        await store.within(lambda repositories: repositories.posts.find_by_id(uuid4()))
    with pytest.raises(PostNotFound):
        await store.within(lambda repositories: repositories.posts.find_by_id_for_update(uuid4()))


async def a_post_needs_an_author_who_was(store: Implementation) -> None:
    draft = Post.draft(uuid4(), "Notes", "", store.clock())
    with pytest.raises(UserNotFound) as caught:
        await store.within(lambda repositories: repositories.posts.save(draft))
    assert caught.value.user_id == draft.author_id


async def a_post_that_was_changed_after_it_was_read_is_not_overwritten(store: Implementation) -> None:
    author = await register(store, "ada@example.com")
    draft = Post.draft(author.id, "Notes", "", store.clock())
    saved = await store.within(lambda repositories: repositories.posts.save(draft))
    published = saved.publish(store.clock())
    await store.within(lambda repositories: repositories.posts.save(published))
    with pytest.raises(ConcurrentChange):
        await store.within(lambda repositories: repositories.posts.save(published))


async def the_feed_shows_each_published_post_once_newest_first(store: Implementation) -> None:
    author = await register(store, "ada@example.com")
    posts = await publish(store, author, 7)
    draft = Post.draft(author.id, "Draft", "", store.clock())
    await store.within(lambda repositories: repositories.posts.save(draft))
    for limit in (1, 2, 3, 7, 8):
        seen: list[Post] = []
        cursor = None
        for _ in range(len(posts) + 1):
            page = await store.container.posts.feed(limit, cursor)
            assert len(page.items) <= limit
            seen += page.items
            cursor = page.next_cursor
            if cursor is None:
                break
        assert cursor is None
        assert seen == posts[::-1]


async def posts_of_one_time_are_in_the_feed_by_id_from_high_to_low(store: Implementation) -> None:
    author = await register(store, "ada@example.com")
    at = store.clock()
    posts = [Post.draft(author.id, f"Post {n}", "", at).publish(at) for n in range(5)]

    async def save(repositories: Repositories) -> None:
        for post in posts:
            await repositories.posts.save(post)

    await store.within(save)
    seen: list[UUID] = []
    cursor = None
    while len(seen) < len(posts):
        page = await store.container.posts.feed(2, cursor)
        seen += [post.id for post in page.items]
        cursor = page.next_cursor
    assert cursor is None
    assert seen == sorted((post.id for post in posts), reverse=True)


async def what_is_published_later_does_not_disturb_who_reads_on(store: Implementation) -> None:
    author = await register(store, "ada@example.com")
    old = await publish(store, author, 4)
    first = await store.container.posts.feed(2)
    await publish(store, author, 3)
    second = await store.container.posts.feed(2, first.next_cursor)
    assert first.items + second.items == tuple(reversed(old))
    assert second.next_cursor is None


async def an_empty_feed_has_no_cursor(store: Implementation) -> None:
    page = await store.container.posts.feed(20)
    assert (page.items, page.next_cursor) == ((), None)


async def a_cursor_that_was_not_given_is_refused(store: Implementation) -> None:
    await publish(store, await register(store, "ada@example.com"), 2)
    given = (await store.container.posts.feed(1)).next_cursor
    assert given
    middle = len(given) // 2
    changed = given[:middle] + ("B" if given[middle] == "A" else "A") + given[middle + 1 :]
    for cursor in (changed, given[:-8], "x", "é", "\0", "null", "AAAA", "=" * 40, "%00", "9" * 500):
        with pytest.raises(InvalidCursor):
            await store.container.posts.feed(1, cursor)


# Accounts and transfers


async def a_saved_account_is_found_as_it_was(store: Implementation) -> None:
    owner = await register(store, "ada@example.com")
    for balance in ("0", "12.5", "99999999999999999.99"):
        saved = await open_account(store, owner, balance)
        assert saved.version == 1
        assert await find_account(store, saved.id) == saved
        assert await store.container.accounts.find_by_id(saved.id) == saved
        assert saved.balance == Money.parse(balance)


async def an_unknown_account_is_not_found(store: Implementation) -> None:
    with pytest.raises(AccountNotFound):
        await store.within(lambda repositories: repositories.accounts.find_by_id(uuid4()))
    with pytest.raises(AccountNotFound):
        await store.within(lambda repositories: repositories.accounts.find_by_id_for_update(uuid4()))
    with pytest.raises(AccountNotFound):
        await store.container.accounts.find_by_id(uuid4())


async def an_account_needs_an_owner_who_was(store: Implementation) -> None:
    account = Account.open(uuid4(), Money.parse("1"), store.clock())
    with pytest.raises(UserNotFound) as caught:
        await store.within(lambda repositories: repositories.accounts.save(account))
    assert caught.value.user_id == account.owner_id


async def an_account_that_was_changed_after_it_was_read_is_not_overwritten(store: Implementation) -> None:
    read = await open_account(store, await register(store, "ada@example.com"), "10")
    changed = read.debit(Money.parse("1"), store.clock())
    await store.within(lambda repositories: repositories.accounts.save(changed))
    with pytest.raises(ConcurrentChange):
        await store.within(lambda repositories: repositories.accounts.save(changed))
    assert str((await store.container.accounts.find_by_id(read.id)).balance) == "9.00"


async def a_transfer_is_found_as_it_was(store: Implementation) -> None:
    owner = await register(store, "ada@example.com")
    here, there = await open_account(store, owner, "1"), await open_account(store, owner, "1")
    transfer = Transfer.order(here.id, there.id, Money.parse("0.01"), store.clock())
    await add(store, transfer)
    assert await store.within(lambda repositories: repositories.transfers.find_by_id(transfer.id)) == transfer
    with pytest.raises(TransferNotFound):
        await store.within(lambda repositories: repositories.transfers.find_by_id(uuid4()))


async def a_transfer_needs_accounts_that_are_there(store: Implementation) -> None:
    account = await open_account(store, await register(store, "ada@example.com"), "1")
    for here, there in ((account.id, uuid4()), (uuid4(), account.id)):
        transfer = Transfer.order(here, there, Money.parse("1"), store.clock())
        with pytest.raises(AccountNotFound) as caught:
            await add(store, transfer)
        assert caught.value.account_id in {here, there} - {account.id}


# Units of work


async def a_unit_that_fails_leaves_nothing(store: Implementation) -> None:
    owner = await register(store, "owner@example.com")
    account = await open_account(store, owner, "10")
    known = list(await store.messages())
    user = User.register(Email("ada@example.com"), "Ada", store.clock())
    post = Post.draft(owner.id, "Post", "", store.clock()).publish(store.clock())
    at = store.clock()
    call = IdempotentCall("test", "key", bytes(32))

    async def fail(repositories: Repositories) -> None:
        await repositories.users.save(user)
        await repositories.users.delete(owner.id, at)
        await repositories.posts.save(post)
        await repositories.accounts.save(account.debit(Money.parse("1"), at))
        await repositories.outbox.append(Message("test", "key", {}))
        assert await repositories.idempotency_keys.claim(call, {"n": "1"}) is None
        raise InsufficientFunds(account.id)

    with pytest.raises(InsufficientFunds):
        await store.within(fail)
    listed = await store.container.users.list(PageRequest())
    assert (listed.items, listed.total) == ((owner,), 1)
    assert (await store.container.posts.feed(10)).items == ()
    assert await store.container.accounts.find_by_id(account.id) == account
    assert list(await store.messages()) == known
    assert await store.within(lambda repositories: repositories.idempotency_keys.claim(call, {"n": "2"})) is None


async def a_refused_address_leaves_nothing_of_its_unit(store: Implementation) -> None:
    await register(store, "taken@example.com")
    one, two = (User.register(Email(f"{name}@example.com"), "Ada", store.clock()) for name in ("one", "Taken"))

    async def save_both(repositories: Repositories) -> None:
        await repositories.users.save(one)
        await repositories.users.save(two)

    with pytest.raises(EmailAlreadyExists):
        await store.within(save_both)
    with pytest.raises(UserNotFound):
        await store.container.users.find_by_id(one.id)


async def a_unit_sees_what_it_did_and_others_see_it_at_the_end(store: Implementation) -> None:
    user = User.register(Email("ada@example.com"), "Ada", store.clock())

    async def save(repositories: Repositories) -> str:
        saved = await repositories.users.save(user)
        assert await repositories.users.find_by_id(user.id) == saved
        return "done"

    assert await store.within(save) == "done"
    assert (await store.container.users.find_by_id(user.id)).version == 1


async def the_repositories_of_a_unit_cannot_be_used_after_its_end(store: Implementation) -> None:
    kept: list[Repositories] = []

    async def keep(repositories: Repositories) -> None:
        kept.append(repositories)

    await store.within(keep)
    user = User.register(Email("late@example.com"), "Late", store.clock())
    with pytest.raises(Exception, match=r"ended|closed|over|finished"):
        await kept[0].users.save(user)
    assert (await store.container.users.list(PageRequest())).total == 0


async def changes_of_one_row_by_many_units_follow_one_another(store: Implementation) -> None:
    account = await open_account(store, await register(store, "ada@example.com"), "0")
    cent = Money.parse("0.01")
    at = store.clock()

    async def credit(repositories: Repositories) -> None:
        read = await repositories.accounts.find_by_id_for_update(account.id)
        await asyncio.sleep(0)
        await repositories.accounts.save(read.credit(cent, at))

    await asyncio.gather(*(store.within(credit) for _ in range(20)))
    found = await store.container.accounts.find_by_id(account.id)
    assert (str(found.balance), found.version) == ("0.20", 21)


async def a_unit_that_is_cancelled_leaves_nothing(store: Implementation) -> None:
    user = User.register(Email("ada@example.com"), "Ada", store.clock())
    saved = asyncio.Event()

    async def wait(repositories: Repositories) -> None:
        await repositories.users.save(user)
        saved.set()
        await asyncio.Event().wait()

    task = asyncio.ensure_future(store.within(wait))
    await saved.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await store.container.users.list(PageRequest())).total == 0
    await register(store, "ada@example.com")


# Idempotency keys and the outbox


async def a_key_gives_the_answer_of_its_first_call(store: Implementation) -> None:
    call = IdempotentCall("transfer", "key", b"1" * 32)

    async def claim(of: IdempotentCall, answer: str) -> object:
        return await store.within(lambda repositories: repositories.idempotency_keys.claim(of, {"n": answer}))

    assert await claim(call, "first") is None
    assert await claim(call, "second") == {"n": "first"}
    assert await claim(replace(call, operation="other"), "third") is None
    assert await claim(replace(call, key="KEY"), "fourth") is None
    with pytest.raises(IdempotencyKeyReused):
        await claim(replace(call, request_hash=b"2" * 32), "fifth")


async def of_calls_with_one_key_at_once_one_is_first(store: Implementation) -> None:
    call = IdempotentCall("transfer", "key", b"1" * 32)

    async def claim(number: int) -> object:
        async def wish(repositories: Repositories) -> object:
            kept = await repositories.idempotency_keys.claim(call, {"n": str(number)})
            await asyncio.sleep(0)
            return kept

        return await store.within(wish)

    answers = await asyncio.gather(*map(claim, range(8)))
    assert answers.count(None) == 1
    first = answers.index(None)
    assert [answer for answer in answers if answer is not None] == [{"n": str(first)}] * 7


async def messages_are_kept_in_their_order(store: Implementation) -> None:
    sent = [Message("topic", f"key {n}", {"n": str(n), "text": 'ä "quoted"'}) for n in range(5)]
    await store.within(lambda repositories: repositories.outbox.append(*sent[:3]))
    await store.within(lambda repositories: repositories.outbox.append())
    await store.within(lambda repositories: repositories.outbox.append(*sent[3:]))
    assert list(await store.messages()) == sent


FACTS: tuple[Callable[[Implementation], Awaitable[None]], ...] = tuple(
    value
    for value in list(vars().values())
    if inspect.iscoroutinefunction(value) and list(inspect.signature(value).parameters) == ["store"]
)
"""Every coroutine above that takes a store and nothing else."""
