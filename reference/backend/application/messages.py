"""What are others told?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend.application.ports.outbox import Message

if TYPE_CHECKING:
    from uuid import UUID

    from backend.domain.account import Account, Transfer
    from backend.domain.post import Post
    from backend.domain.user import User


def user_registered(user: User) -> Message:
    """A user is there."""
    return Message("user.registered", str(user.id), {"user_id": str(user.id)})


def user_role_changed(user: User) -> Message:
    """A user may do more, or less."""
    return Message("user.role-changed", str(user.id), {"user_id": str(user.id), "role": user.role.value})


def user_deleted(user_id: UUID) -> Message:
    """A user is gone."""
    return Message("user.deleted", str(user_id), {"user_id": str(user_id)})


def post_published(post: Post) -> Message:
    """A post can be read."""
    return Message("post.published", str(post.id), {"post_id": str(post.id), "author_id": str(post.author_id)})


def account_opened(account: Account) -> Message:
    """An account is there."""
    return Message(
        "account.opened", str(account.id), {"account_id": str(account.id), "owner_id": str(account.owner_id)}
    )


def funds_transferred(transfer: Transfer) -> Message:
    """Money went from one account to another."""
    return Message(
        "funds.transferred",
        str(transfer.from_account),
        {
            "transfer_id": str(transfer.id),
            "from": str(transfer.from_account),
            "to": str(transfer.to_account),
            "amount": str(transfer.amount),
        },
    )
