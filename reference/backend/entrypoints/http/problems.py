"""How is an error told over HTTP? As RFC 9457's problem+json, with a `type` that never changes.

The type is `urn:backend:problem:` and the error's code. What was sent is not repeated in it, nor what the store holds.
"""

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from backend.application.ports.unit_of_work import StoreUnavailable
from backend.domain.errors import Conflict, DomainError, NotFound

MEDIA_TYPE = "application/problem+json"
URN = "urn:backend:problem:"

_TITLES = {
    HTTPStatus.BAD_REQUEST: "The request cannot be read",
    HTTPStatus.NOT_FOUND: "There is no such thing",
    HTTPStatus.METHOD_NOT_ALLOWED: "The method is not allowed here",
    HTTPStatus.CONFLICT: "It conflicts with what is there",
    HTTPStatus.UNPROCESSABLE_ENTITY: "The request cannot be fulfilled as it is",
    HTTPStatus.INTERNAL_SERVER_ERROR: "The service has failed",
    HTTPStatus.SERVICE_UNAVAILABLE: "The service cannot serve for now",
}


class Fault(BaseModel):
    """What is wrong at one place of the request."""

    at: str = Field(examples=["body.email"])
    reason: str = Field(examples=["Field required"])


class Problem(BaseModel):
    """An error, as RFC 9457 has it; `faults` are there for a request that cannot be read."""

    type: str = Field(examples=[URN + "user-not-found"])
    title: str
    status: int
    detail: str
    faults: list[Fault] | None = None


def problems(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """The errors of a route, for OpenAPI."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        int(status): {"description": _TITLES[status], "content": {MEDIA_TYPE: {"schema": schema}}}
        for status in (*statuses, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE)
    }


def problem(status: int, code: str, detail: str, faults: Sequence[Fault] | None = None) -> JSONResponse:
    """The answer to a request that failed."""
    known = HTTPStatus(status)
    body = Problem(
        type=URN + code,
        title=_TITLES.get(known, known.phrase),
        status=status,
        detail=detail,
        faults=None if faults is None else list(faults),
    )
    headers = {"Retry-After": "1"} if known is HTTPStatus.SERVICE_UNAVAILABLE else None
    return JSONResponse(body.model_dump(exclude_none=True), status, headers, MEDIA_TYPE)


def answer_with_problems(app: FastAPI) -> None:
    """Makes every error of `app` a problem, and says so in its OpenAPI."""
    app.add_exception_handler(DomainError, _refused)
    app.add_exception_handler(StoreUnavailable, _unavailable)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(HTTPException, _not_served)
    app.add_exception_handler(Exception, _failed)
    app.openapi = _with_problem_schema(app.openapi)  # type: ignore[method-assign]  # FastAPI's way to extend it


def _refused(_: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, DomainError):
        raise error
    if isinstance(error, NotFound):
        status = HTTPStatus.NOT_FOUND
    elif isinstance(error, Conflict):
        status = HTTPStatus.CONFLICT
    else:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    return problem(status, error.code, str(error))


def _unavailable(_: Request, __: Exception) -> JSONResponse:
    return problem(HTTPStatus.SERVICE_UNAVAILABLE, "store-unavailable", "the store cannot be reached; try again soon")


def _unreadable(_: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, RequestValidationError):
        raise error
    faults = [Fault(at=".".join(map(str, fault["loc"])), reason=fault["msg"]) for fault in error.errors()]
    detail = "; ".join(f"{fault.at}: {fault.reason}" for fault in faults)
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-request", detail, faults)


def _not_served(_: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        raise error
    code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "-")
    answer = problem(error.status_code, code, str(error.detail))
    answer.headers.update(error.headers or {})
    return answer


def _failed(_: Request, __: Exception) -> JSONResponse:
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "failed", "the service has failed; the reason is in its log")


def _with_problem_schema(openapi: Callable[[], dict[str, Any]]) -> Callable[[], dict[str, Any]]:
    def extended() -> dict[str, Any]:
        document = openapi()
        reference = "#/components/schemas/{model}"
        schema = Problem.model_json_schema(ref_template=reference)
        document["components"]["schemas"].update(schema.pop("$defs"), Problem=schema)
        return document

    return extended
