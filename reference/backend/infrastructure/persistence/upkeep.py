"""What does a running service do beside answering? It publishes what was committed, and deletes what nobody needs."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from backend.application.ports.clock import Clock, utc_now
from whimbrel.persistence import DBError, Relay, Statement

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from whimbrel.persistence import Database, Message

_LOG = logging.getLogger("backend.upkeep")

KEPT = timedelta(days=7)
"""For so long a call can be repeated under its idempotency key, and a published message be looked at."""
BATCH = 1000
_PURGE_EVERY_S = 3600.0
_AGAIN_S = 1.0

# Small transactions, which keep no vacuum waiting; what somebody has locked is left for the next time.
PURGE_KEYS: Statement[Any] = Statement(
    "idempotency.purge",
    "DELETE FROM idempotency_keys WHERE (operation, key) IN (SELECT operation, key FROM idempotency_keys"
    " WHERE created_at < %(before)s ORDER BY created_at LIMIT %(size)s FOR UPDATE SKIP LOCKED)",
    tuple,
    {"before": datetime, "size": int},
)
# In the order of the primary key: the oldest come first, so that the table needs no index for this alone.
PURGE_MESSAGES: Statement[Any] = Statement(
    "outbox.purge",
    "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox"
    " WHERE published_at < %(before)s ORDER BY id LIMIT %(size)s FOR UPDATE SKIP LOCKED)",
    tuple,
    {"before": datetime, "size": int},
)


async def purge(database: Database, now: datetime) -> int:
    """Delete answered calls and published messages that are older than `KEPT`; return how many."""
    total = 0
    for statement in (PURGE_KEYS, PURGE_MESSAGES):
        deleted = BATCH
        while deleted == BATCH:
            deleted = await database.querier().execute(statement, before=now - KEPT, size=BATCH)
            total += deleted
    return total


async def keep_up(
    database: Database, publish: Callable[[Sequence[Message]], Awaitable[None]], clock: Clock = utc_now
) -> None:
    """Publish messages as they are committed, and purge once an hour, until cancelled; several processes may."""

    async def purge_now() -> None:
        await purge(database, clock())

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_repeated(Relay(database, publish).run, 0.0))
        tasks.create_task(_repeated(purge_now, _PURGE_EVERY_S))


async def _repeated(work: Callable[[], Awaitable[None]], every_s: float) -> None:
    while True:
        try:
            await work()
            await asyncio.sleep(every_s)
        except DBError as error:  # the server is away, or not yet migrated
            _LOG.warning("%s; again in %g s", error, _AGAIN_S)
            await asyncio.sleep(_AGAIN_S)
