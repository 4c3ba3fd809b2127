"""Users over HTTP."""

from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body, Query, Response
from pydantic import BaseModel, Field

from backend.application.command.change_role import ChangeRole, change_role
from backend.application.command.delete_user import DeleteUser, delete_user
from backend.application.command.import_users import (
    MAX_ROWS,
    ImportOutcome,
    ImportResult,
    ImportRow,
    ImportUsers,
    import_users,
)
from backend.application.command.register_user import RegisterUser, register_user
from backend.application.query.get_user import get_user
from backend.application.query.list_users import list_users
from backend.application.query.search_users import MAX_QUERY, search_users
from backend.domain.paging import MAX_PAGE, MAX_PER_PAGE
from backend.domain.user import Role, User
from backend.entrypoints.http.problems import problems

if TYPE_CHECKING:
    from backend.container import Container


class NewUser(BaseModel):
    """Somebody who wants to be a user."""

    email: str = Field(examples=["ada@example.com"])
    name: str = Field(examples=["Ada Lovelace"])


class NewRole(BaseModel):
    """The role that a user is to have."""

    role: Role


class UserBody(BaseModel):
    """A user."""

    id: UUID
    email: str
    name: str
    role: Role
    created_at: datetime

    @classmethod
    def of(cls, user: User) -> "UserBody":
        """The user as it is shown."""
        return cls(id=user.id, email=str(user.email), name=user.name, role=user.role, created_at=user.created_at)


class UserPage(BaseModel):
    """One page of the users; `total` counts those of all pages."""

    items: list[UserBody]
    total: int
    page: int
    per_page: int


class FoundUsers(BaseModel):
    """The users who were found, best first."""

    items: list[UserBody]


class ImportResultBody(BaseModel):
    """What became of the row `index`, from 0: the new user's id, or the reason why there is none."""

    index: int
    outcome: ImportOutcome
    id: UUID | None = None
    detail: str | None = None

    @classmethod
    def of(cls, result: ImportResult) -> "ImportResultBody":
        """The result as it is shown."""
        return cls(index=result.index, outcome=result.outcome, id=result.user_id, detail=result.detail or None)


class ImportResults(BaseModel):
    """What became of each row, in their order."""

    results: list[ImportResultBody]


def user_routes(container: "Container") -> APIRouter:
    """The routes of users."""
    router = APIRouter(prefix="/users", tags=["users"])
    unit_of_work, users, clock = container.unit_of_work, container.users, container.clock

    @router.post("", status_code=HTTPStatus.CREATED, responses=problems(HTTPStatus.CONFLICT))
    async def register(body: NewUser, response: Response) -> UserBody:
        """Register a user. An address belongs to one living user, in whatever case it is typed."""
        user = await register_user(RegisterUser(body.email, body.name), unit_of_work, clock)
        response.headers["Location"] = f"/users/{user.id}"
        return UserBody.of(user)

    @router.get("", responses=problems())
    async def list_page(
        page: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 1,
        per_page: Annotated[int, Query(ge=1, le=MAX_PER_PAGE)] = 20,
    ) -> UserPage:
        """List users, newest first. The total is right past the end too."""
        found = await list_users(page, per_page, users)
        return UserPage(items=list(map(UserBody.of, found.items)), total=found.total, page=page, per_page=per_page)

    @router.get("/search", responses=problems())
    async def search(q: Annotated[str, Query(min_length=1, max_length=MAX_QUERY)]) -> FoundUsers:
        """Search users: each word of `q` begins a word of the name or address. Best first."""
        return FoundUsers(items=list(map(UserBody.of, await search_users(q, users))))

    @router.post("/import", response_model_exclude_none=True, responses=problems())
    async def import_rows(
        body: Annotated[
            list[Any],
            Body(
                max_length=MAX_ROWS,
                json_schema_extra={"items": {"$ref": "#/components/schemas/NewUser"}},
                description="Each row is judged by itself: the good ones are kept.",
            ),
        ],
    ) -> ImportResults:
        """Import users. A row that is invalid, or whose address is taken, does not hinder the others."""
        rows = [ImportRow(_text(row, "email"), _text(row, "name")) for row in body]
        results = await import_users(ImportUsers(rows), unit_of_work, clock)
        return ImportResults(results=list(map(ImportResultBody.of, results)))

    @router.get("/{user_id}", responses=problems(HTTPStatus.NOT_FOUND))
    async def get(user_id: UUID) -> UserBody:
        """Get a user."""
        return UserBody.of(await get_user(user_id, users))

    @router.delete("/{user_id}", status_code=HTTPStatus.NO_CONTENT, responses=problems(HTTPStatus.NOT_FOUND))
    async def delete(user_id: UUID) -> None:
        """Delete a user, whose address is free from then on."""
        await delete_user(DeleteUser(user_id), unit_of_work, clock)

    @router.put("/{user_id}/role", responses=problems(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT))
    async def put_role(user_id: UUID, body: NewRole) -> UserBody:
        """Give a user a role."""
        return UserBody.of(await change_role(ChangeRole(user_id, body.role), unit_of_work, clock))

    return router


def _text(row: object, key: str) -> str | None:
    value = row.get(key) if isinstance(row, dict) else None
    return value if isinstance(value, str) else None
