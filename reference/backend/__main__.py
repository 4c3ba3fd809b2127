"""Serve the backend on PostgreSQL: `python -m backend`, by `make backend`.

DATABASE_URL names the database; without it the project's own PostgreSQL is started. PORT is 8000 by default.
CURSOR_SECRET, in hexadecimal, is the same in all processes of the service; without it cursors end with the process.
"""

from __future__ import annotations

import asyncio
import os
import secrets
from pathlib import Path

import uvicorn

from backend.entrypoints.http.app import create_app
from backend.infrastructure.persistence.container import postgres_container
from whimbrel.config import database_url
from whimbrel.persistence import CursorCodec, Database, PoolSettings


def url() -> str:
    """The database of the environment or `.env`, else of the project's own server, started where it does not run."""
    found = database_url(os.environ, Path.cwd())
    if found is not None:
        return found.value
    from whimbrel.shadow.embedded import EmbeddedServer
    from whimbrel.shadow.project_folder import project_folder

    return EmbeddedServer(project_folder(Path.cwd())).start().url


async def serve() -> None:
    """Serve until a signal. The pool opens before the first request, and closes after the last."""
    cursors = CursorCodec(bytes.fromhex(os.environ.get("CURSOR_SECRET", "")) or secrets.token_bytes(32))
    settings = PoolSettings(service="backend", min_size=2, max_size=20)
    port = int(os.environ.get("PORT", "8000"))
    async with await Database.open(url(), settings) as database:
        app = create_app(postgres_container(database, cursors))
        await uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="info")).serve()


if __name__ == "__main__":
    asyncio.run(serve())
