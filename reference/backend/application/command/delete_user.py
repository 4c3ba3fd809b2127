"""Delete a user."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend.application.messages import user_deleted

if TYPE_CHECKING:
    from uuid import UUID

    from backend.application.ports.clock import Clock
    from backend.application.ports.unit_of_work import Repositories, UnitOfWork


@dataclass(frozen=True, slots=True)
class DeleteUser:
    """The user is to be gone; posts and accounts stay."""

    user_id: UUID


async def delete_user(command: DeleteUser, unit_of_work: UnitOfWork, clock: Clock) -> None:
    """Frees the user's address; raises `UserNotFound`."""

    async def delete(repositories: Repositories) -> None:
        await repositories.users.delete(command.user_id, clock())
        await repositories.outbox.append(user_deleted(command.user_id))

    await unit_of_work.execute(delete)
