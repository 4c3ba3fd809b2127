"""The backend's HTTP interface keeps its contract, whatever its store is made of; no store's failure is a 500."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import httpx
import pytest

pytest.register_assert_rewrite("http_contract")

from http_contract import FACTS, is_problem  # noqa: E402 - its assertions are to be rewritten
from implementations import OPENERS, memory  # noqa: E402 - after the rewrite is asked for

from backend.application.ports.readiness import Readiness  # noqa: E402
from backend.application.ports.unit_of_work import StoreUnavailable  # noqa: E402
from backend.entrypoints.http.app import create_app  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from implementations import Opener

    from backend.application.ports.unit_of_work import Repositories
    from backend.container import Container


def client_of(container: Container, *, raise_app_exceptions: bool = True) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(create_app(container), raise_app_exceptions=raise_app_exceptions)
    return httpx.AsyncClient(transport=transport, base_url="http://backend.test")


@pytest.mark.parametrize("opener", OPENERS, ids=lambda opener: opener.__name__)
@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.__name__)
def test_the_interface_keeps_its_contract(
    fact: Callable[[httpx.AsyncClient], Awaitable[None]], opener: Opener, request: pytest.FixtureRequest
) -> None:
    async def run() -> None:
        async with opener(request) as implementation, client_of(implementation.container) as client:
            await fact(client)

    asyncio.run(run())


class Away:
    """A store that cannot be reached, as one on a server is for a moment."""

    async def execute(self, fn: Callable[[Repositories], Awaitable[object]]) -> object:
        message = "connection refused"
        raise StoreUnavailable(message)

    async def check(self) -> Readiness:
        return Readiness(ready=False, version=None, reason="the store cannot be reached")


def test_a_store_that_is_away_is_503_and_says_to_try_again(request: pytest.FixtureRequest) -> None:
    async def run() -> None:
        async with memory(request) as implementation:
            container = replace(implementation.container, unit_of_work=Away(), readiness=Away())  # type: ignore[arg-type]
            async with client_of(container) as client:
                response = await client.post("/users", json={"email": "ada@example.com", "name": "Ada"})
                is_problem(response, 503, "store-unavailable")
                assert response.headers["retry-after"] == "1"
                assert "refused" not in response.text
                is_problem(await client.get("/readyz"), 503, "not-ready")
                assert (await client.get("/healthz")).status_code == 200

    asyncio.run(run())


def test_an_error_that_nobody_foresaw_is_a_problem_without_its_words(request: pytest.FixtureRequest) -> None:
    async def run() -> None:
        async with memory(request) as implementation:
            broken = replace(implementation.container, unit_of_work=None)  # type: ignore[arg-type]
            async with client_of(broken, raise_app_exceptions=False) as client:
                response = await client.post("/users", json={"email": "ada@example.com", "name": "Ada"})
                is_problem(response, 500, "failed")
                assert "NoneType" not in response.text

    asyncio.run(run())
