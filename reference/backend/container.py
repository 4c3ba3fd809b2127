"""What an entry point needs, whatever it is made of: memory or PostgreSQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend.application.ports.clock import Clock, utc_now

if TYPE_CHECKING:
    from backend.application.ports.readiness import ReadinessCheck
    from backend.application.ports.unit_of_work import UnitOfWork
    from backend.domain import account, post, user


@dataclass(frozen=True, slots=True)
class Container:
    """The unit of work for what changes something, a repository for each thing to look at, and the time."""

    unit_of_work: UnitOfWork
    users: user.ReadRepository
    posts: post.ReadRepository
    accounts: account.ReadRepository
    readiness: ReadinessCheck
    clock: Clock = utc_now
