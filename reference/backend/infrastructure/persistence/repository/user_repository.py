"""How are users kept in PostgreSQL?"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from backend.domain.errors import ConcurrentChange
from backend.domain.paging import Page
from backend.domain.user import CreateOutcome, Email, EmailAlreadyExists, Role, User, UserNotFound
from whimbrel.persistence import (
    BulkInsert,
    ConstraintMap,
    OffsetPages,
    Order,
    PostgresRepository,
    Query,
    RowLock,
    SoftDelete,
    Statement,
    Strength,
    Upsert,
    create_many_with_outcomes,
    desc,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backend.domain.paging import PageRequest

_COLUMNS = ("id", "email", "name", "role", "created_at", "updated_at", "version")
_WORD = re.compile(r"[^\W_]+")


def reconstitute(
    id: UUID,  # noqa: A002 - the column's name
    email: str,
    name: str,
    role: str,
    created_at: datetime,
    updated_at: datetime,
    version: int,
) -> User:
    """Make the user that a row holds."""
    return User(id, Email(email), name, Role(role), created_at, updated_at, version)


BY_ID = Query(
    "users.by_id", _COLUMNS, "users", reconstitute, where="id = %(id)s AND deleted_at IS NULL", params={"id": UUID},
    locks=(RowLock(Strength.NO_KEY_UPDATE),),
)  # fmt: skip
BY_EMAIL = Query(
    "users.by_email", _COLUMNS, "users", reconstitute,
    where="lower(email) = lower(%(email)s) AND deleted_at IS NULL", params={"email": str},
)  # fmt: skip
SAVE = Upsert(
    "users.save", "users",
    {"id": UUID, "email": str, "name": str, "role": str, "created_at": datetime, "updated_at": datetime},
    key=("id",), update=("email", "name", "role", "updated_at"), version="version", soft_delete="deleted_at",
    returning=_COLUMNS, row=reconstitute,
)  # fmt: skip
DELETE = SoftDelete("users.delete", "users", {"id": UUID}, touch=("updated_at",))
CREATE_MANY = BulkInsert(
    "users.create_many", "users",
    {"id": UUID, "email": str, "name": str, "role": str, "created_at": datetime, "updated_at": datetime},
    conflict=("lower(email)",), conflict_where="deleted_at IS NULL",
)  # fmt: skip
LIST = OffsetPages(
    Query(
        "users.list", _COLUMNS, "users", reconstitute, where="deleted_at IS NULL",
        order={"newest": Order(desc("created_at"), desc("id"))}, unique=("id",),
    )
)  # fmt: skip
SEARCH = Statement(
    "users.search",
    "SELECT id, email, name, role, created_at, updated_at, version FROM users,"
    " LATERAL (SELECT coalesce(sum(cardinality(word.positions)) FILTER (WHERE word.lexeme = wanted), 0) AS whole,"
    " coalesce(sum(cardinality(word.positions)) FILTER (WHERE starts_with(word.lexeme, wanted)), 0) AS begun"
    " FROM unnest(search_document) AS word, unnest(%(words)s::text[]) AS wanted) AS score"
    " WHERE search_document @@ %(query)s::tsquery AND deleted_at IS NULL"
    " ORDER BY score.whole DESC, score.begun DESC, created_at DESC, id DESC LIMIT %(limit)s",
    reconstitute,
    {"words": list[str], "query": str, "limit": int},
)


class UserRepository(PostgresRepository):
    """The users of the table `users`; implements both ports."""

    constraints = ConstraintMap({"users_email_active_key": EmailAlreadyExists})

    async def find_by_id(self, user_id: UUID) -> User:
        """The living user; raises `UserNotFound`."""
        return _found(await self.querier.optional(BY_ID.select(id=user_id)), user_id)

    async def find_by_id_for_update(self, user_id: UUID) -> User:
        """The living user, locked until the unit of work ends; raises `UserNotFound`."""
        querier = self.locking(BY_ID.name)
        return _found(await querier.optional(BY_ID.select(id=user_id, lock=RowLock(Strength.NO_KEY_UPDATE))), user_id)

    async def find_by_email(self, email: Email) -> User:
        """The living user with the address, in whatever case; raises `UserNotFound`."""
        return _found(await self.querier.optional(BY_EMAIL.select(email=str(email))), None)

    async def save(self, user: User) -> User:
        """Inserts or changes; raises `EmailAlreadyExists`, `ConcurrentChange`."""
        call = SAVE.save(
            id=user.id, email=str(user.email), name=user.name, role=user.role.value, created_at=user.created_at,
            updated_at=user.updated_at, version=user.version,
        )  # fmt: skip
        async with self.translated():
            saved = await self.querier.optional(call)
        if saved is None:
            raise ConcurrentChange(user.id, "user")
        return saved

    async def create_many(self, users: Sequence[User]) -> Sequence[CreateOutcome]:
        """Inserts those whose address is free, in one statement."""
        rows = [
            (user.id, str(user.email), user.name, user.role.value, user.created_at, user.updated_at) for user in users
        ]
        outcomes = await create_many_with_outcomes(self.querier, CREATE_MANY, rows)
        return [CreateOutcome.CREATED if row.is_inserted else CreateOutcome.CONFLICT for row in outcomes]

    async def delete(self, user_id: UUID, at: datetime) -> None:
        """Marks the user as deleted; raises `UserNotFound`."""
        if await self.querier.execute(DELETE.delete(id=user_id, at=at)) == 0:
            raise UserNotFound(user_id)

    async def list(self, page: PageRequest) -> Page[User]:
        """The page, newest first, and the number of all, in one statement."""
        found = await self.querier.read(LIST.page(page.number, per_page=page.size))
        return Page(found.items, found.total)

    async def search(self, query: str, limit: int) -> Sequence[User]:
        """At most `limit` users of whom each word of the query begins a word, best first."""
        words = _WORD.findall(query.lower())
        if not words:
            return []
        asked = " & ".join(f"'{word}':*" for word in words)
        return await self.querier.many(SEARCH, words=words, query=asked, limit=limit)


def _found(user: User | None, user_id: UUID | None) -> User:
    if user is None:
        raise UserNotFound(user_id)
    return user
