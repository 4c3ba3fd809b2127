"""Import many users at once: the good rows are kept, each of the others has its reason."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from backend.application.messages import user_registered
from backend.domain.errors import Invalid
from backend.domain.user import CreateOutcome, Email, EmailAlreadyExists, User

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from backend.application.ports.clock import Clock
    from backend.application.ports.unit_of_work import Repositories, UnitOfWork

MAX_ROWS = 10_000


class TooManyRows(Invalid):
    """An import has over `MAX_ROWS` rows."""

    code = "too-many-rows"


class ImportOutcome(StrEnum):
    """What became of a row."""

    CREATED = "created"
    CONFLICT = "conflict"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class ImportRow:
    """A user to be; None stands for what is missing or no text."""

    email: str | None
    name: str | None


@dataclass(frozen=True, slots=True)
class ImportUsers:
    """Many want to be users."""

    rows: Sequence[ImportRow]


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What became of the row `index` (from 0): its user's id, or the reason why there is none."""

    index: int
    outcome: ImportOutcome
    user_id: UUID | None = None
    detail: str = ""


async def import_users(command: ImportUsers, unit_of_work: UnitOfWork, clock: Clock) -> list[ImportResult]:
    """A result for each row, in their order; raises `TooManyRows`."""
    if len(command.rows) > MAX_ROWS:
        message = f"the import has {len(command.rows)} rows, {MAX_ROWS} are allowed"
        raise TooManyRows(message)
    now = clock()
    parsed = [_parse(row, now) for row in command.rows]
    users = [user for user in parsed if isinstance(user, User)]

    async def create(repositories: Repositories) -> Sequence[CreateOutcome]:
        outcomes = await repositories.users.create_many(users)
        created = [user for user, outcome in zip(users, outcomes, strict=True) if outcome is CreateOutcome.CREATED]
        await repositories.outbox.append(*map(user_registered, created))
        return outcomes

    outcomes = iter(await unit_of_work.execute(create) if users else ())
    return [
        _result(index, user, next(outcomes))
        if isinstance(user, User)
        else ImportResult(index, ImportOutcome.INVALID, detail=str(user))
        for index, user in enumerate(parsed)
    ]


def _parse(row: ImportRow, at: datetime) -> User | Invalid | str:
    if row.email is None or row.name is None:
        return f"{'email' if row.email is None else 'name'}: is missing, or no text"
    try:
        return User.register(Email(row.email), row.name, at)
    except Invalid as error:
        return error


def _result(index: int, user: User, outcome: CreateOutcome) -> ImportResult:
    if outcome is CreateOutcome.CREATED:
        return ImportResult(index, ImportOutcome.CREATED, user_id=user.id)
    return ImportResult(index, ImportOutcome.CONFLICT, detail=str(EmailAlreadyExists()))
