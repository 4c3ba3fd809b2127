"""Does the backend run, and can it serve?"""

from http import HTTPStatus
from typing import TYPE_CHECKING, Literal

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from backend.entrypoints.http.problems import problem, problems

if TYPE_CHECKING:
    from backend.container import Container


class Health(BaseModel):
    """The process runs."""

    status: Literal["ok"] = "ok"


class Ready(BaseModel):
    """The backend can serve; `version` is the schema's, null where the store has none."""

    status: Literal["ready"] = "ready"
    version: int | None


def health_routes(container: "Container") -> APIRouter:
    """The routes for whoever watches over the backend."""
    router = APIRouter(tags=["health"])

    @router.get("/healthz")
    async def healthz() -> Health:
        """Tell whether the process runs; the store is not asked."""
        return Health()

    @router.get("/readyz", response_model=Ready, responses=problems())
    async def readyz() -> Ready | JSONResponse:
        """Tell whether the store answers, and whether its schema is the one that this program knows."""
        found = await container.readiness.check()
        if not found.ready:
            return problem(HTTPStatus.SERVICE_UNAVAILABLE, "not-ready", found.reason)
        return Ready(version=found.version)

    return router
