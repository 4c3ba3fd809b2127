"""Register a user."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend.application.messages import user_registered
from backend.domain.user import Email, User

if TYPE_CHECKING:
    from backend.application.ports.clock import Clock
    from backend.application.ports.unit_of_work import Repositories, UnitOfWork


@dataclass(frozen=True, slots=True)
class RegisterUser:
    """Somebody wants to be a user."""

    email: str
    name: str


async def register_user(command: RegisterUser, unit_of_work: UnitOfWork, clock: Clock) -> User:
    """The new user; raises `InvalidEmail`, `InvalidText`, `EmailAlreadyExists`."""
    user = User.register(Email(command.email), command.name, clock())

    async def register(repositories: Repositories) -> User:
        saved = await repositories.users.save(user)
        await repositories.outbox.append(user_registered(saved))
        return saved

    return await unit_of_work.execute(register)
