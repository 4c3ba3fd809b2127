"""The backend's repositories and units of work keep their contract, whatever they are made of."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

pytest.register_assert_rewrite("repository_contract")

from implementations import OPENERS  # noqa: E402 - after the rewrite is asked for
from repository_contract import FACTS  # noqa: E402 - its assertions are to be rewritten

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from implementations import Implementation, Opener


@pytest.fixture(params=OPENERS, ids=lambda opener: opener.__name__)
def repositories(request: pytest.FixtureRequest) -> Opener:
    opener: Opener = request.param
    return opener


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.__name__)
def test_every_implementation_keeps_the_contract(
    fact: Callable[[Implementation], Awaitable[None]], repositories: Opener, request: pytest.FixtureRequest
) -> None:
    async def run() -> None:
        async with repositories(request) as implementation:
            await fact(implementation)

    asyncio.run(run())
