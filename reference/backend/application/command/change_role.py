"""Give a user another role."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend.application.messages import user_role_changed

if TYPE_CHECKING:
    from uuid import UUID

    from backend.application.ports.clock import Clock
    from backend.application.ports.unit_of_work import Repositories, UnitOfWork
    from backend.domain.user import Role, User


@dataclass(frozen=True, slots=True)
class ChangeRole:
    """The user is to have the role."""

    user_id: UUID
    role: Role


async def change_role(command: ChangeRole, unit_of_work: UnitOfWork, clock: Clock) -> User:
    """The user in the role; raises `UserNotFound`."""

    async def change(repositories: Repositories) -> User:
        user = await repositories.users.find_by_id_for_update(command.user_id)
        changed = user.with_role(command.role, clock())
        if changed is user:
            return user
        saved = await repositories.users.save(changed)
        await repositories.outbox.append(user_role_changed(saved))
        return saved

    return await unit_of_work.execute(change)
