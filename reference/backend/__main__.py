"""Serve the backend on PostgreSQL: `python -m backend`, by `make backend`.

DATABASE_URL names the database; without it the project's own PostgreSQL is started. PORT is 8000 by default.
CURSOR_SECRET, in hexadecimal, is the same in all processes of the service; without it cursors end with the process.
Messages of the outbox are published on standard output, one JSON object a line: a broker's client goes in their place.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn

from backend.entrypoints.http.app import create_app
from backend.infrastructure.persistence.container import postgres_container
from backend.infrastructure.persistence.upkeep import keep_up
from whimbrel.config import database_url
from whimbrel.persistence import CursorCodec, Database, PoolSettings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from whimbrel.persistence import Message


def url() -> str:
    """The database of the environment or `.env`, else of the project's own server, started where it does not run."""
    found = database_url(os.environ, Path.cwd())
    if found is not None:
        return found.value
    from whimbrel.shadow.embedded import EmbeddedServer
    from whimbrel.shadow.project_folder import project_folder

    return EmbeddedServer(project_folder(Path.cwd())).start().url


async def publish(messages: Sequence[Message]) -> None:
    """Write each on a line of its own."""
    for message in messages:
        told = {"id": message.id, "topic": message.topic, "key": message.key, "payload": message.payload}
        print(json.dumps(told), flush=True)  # noqa: T201 - this is the door


async def serve() -> None:
    """Serve until a signal. The pool opens before the first request, and closes after the last."""
    cursors = CursorCodec(bytes.fromhex(os.environ.get("CURSOR_SECRET", "")) or secrets.token_bytes(32))
    settings = PoolSettings(service="backend", min_size=2, max_size=20)
    port = int(os.environ.get("PORT", "8000"))
    async with await Database.open(url(), settings) as database:
        app = create_app(postgres_container(database, cursors))
        upkeep = asyncio.create_task(keep_up(database, publish))
        try:
            await uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="info")).serve()
        finally:
            upkeep.cancel()
            with suppress(asyncio.CancelledError):
                await upkeep


if __name__ == "__main__":
    asyncio.run(serve())
