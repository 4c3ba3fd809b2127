"""What is the backend made of when it runs on PostgreSQL?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend.application.ports.clock import Clock, utc_now
from backend.container import Container
from backend.infrastructure.persistence.readiness import SchemaReadiness
from backend.infrastructure.persistence.reading import AccountReads, PostReads, UserReads
from backend.infrastructure.persistence.repository.account_repository import AccountRepository
from backend.infrastructure.persistence.repository.post_repository import PostRepository
from backend.infrastructure.persistence.repository.user_repository import UserRepository
from backend.infrastructure.persistence.unit_of_work import PostgresUnitOfWork

if TYPE_CHECKING:
    from whimbrel.persistence import CursorCodec, Database


def postgres_container(database: Database, cursors: CursorCodec, clock: Clock = utc_now) -> Container:
    """A container over a pool; `cursors` holds the secret that all processes of the service share."""
    return Container(
        PostgresUnitOfWork(database, cursors),
        UserReads(UserRepository(database)),
        PostReads(PostRepository(database, cursors)),
        AccountReads(AccountRepository(database)),
        SchemaReadiness(database),
        clock,
    )
