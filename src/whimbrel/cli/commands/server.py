"""`whimbrel server start|stop|status|url|psql`: the embedded PostgreSQL by hand."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from whimbrel.errors import ExitCode, Misuse, ServerError
from whimbrel.shadow.embedded import EmbeddedServer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import NoReturn, TextIO

    from whimbrel.shadow.running import Running

ACTIONS = ("start", "stop", "status", "url", "psql")


def server(action: str, folder: Path, out: TextIO, err: TextIO, extra: Sequence[str] = ()) -> ExitCode:
    """Does `action` with the server of the project in `folder`; `psql` takes `extra` arguments and does not return.

    `start`, `url` and `psql` start the server where it does not run. `status` answers OK where it runs, else FAILED.

    Raises:
        Misuse: there is no such action, or it takes no arguments.
        ServerError: as `EmbeddedServer` does.
    """
    if action not in ACTIONS:
        message = f"no action of `whimbrel server` is called {action}"
        raise Misuse(message, remedy=f"use one of {', '.join(ACTIONS)}")
    if extra and action != "psql":
        message = f"`whimbrel server {action}` takes no argument: {extra[0]}"
        raise Misuse(message, remedy="leave it out")
    embedded = EmbeddedServer(folder)
    if action == "stop":
        return _stop(embedded, err)
    if action == "status":
        return _status(embedded, out)
    running = embedded.start()
    _tell_start(running, err, always=action == "start")
    if action == "url":
        print(running.url, file=out)
    if action == "psql":
        err.flush()
        _become_psql(running, extra)
    return ExitCode.OK


def _tell_start(running: Running, err: TextIO, *, always: bool) -> None:
    for notice in running.notices:
        print(f"notice: {notice}", file=err)
    if running.started:
        print(f"started PostgreSQL {running.version} on port {running.port}, data in {running.data}", file=err)
    elif always:
        print(f"PostgreSQL {running.version} runs on port {running.port} already", file=err)


def _stop(embedded: EmbeddedServer, err: TextIO) -> ExitCode:
    stopped = embedded.stop()
    for notice in stopped.notices:
        print(f"notice: {notice}", file=err)
    print("stopped PostgreSQL" if stopped.was_running else "PostgreSQL does not run", file=err)
    return ExitCode.OK


def _status(embedded: EmbeddedServer, out: TextIO) -> ExitCode:
    status = embedded.status()
    facts = {"state": "running" if status.running else "stopped"}
    if status.running and not status.pid:
        facts |= {"pid": "not to be seen from here: another container's, or only just starting"}
    if status.pid:
        facts |= {"pid": f"{status.pid}", "port": f"{status.port}", "since": f"{status.since:%Y-%m-%d %H:%M:%S} UTC"}
    facts |= {"version": status.version or "none yet", "data": f"{status.data}"}
    for name, fact in facts.items():
        print(f"{name:<8} {fact}", file=out)
    return ExitCode.OK if status.running else ExitCode.FAILED


def _become_psql(running: Running, arguments: Sequence[str]) -> NoReturn:
    import shutil

    from whimbrel.shadow.binaries import find_binaries
    from whimbrel.shadow.cluster_names import DATABASE, SUPERUSER

    beside = find_binaries(data=running.data).folder / "psql"
    program = str(beside) if os.access(beside, os.X_OK) else shutil.which("psql")
    if not program:
        message = f"cannot find psql: there is none in {beside.parent}, and none on PATH"
        raise ServerError(message, remedy="install PostgreSQL's client programs")
    # Not as arguments: everybody can read those, and psql takes a second database name for a user's.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    environment |= {"PGHOST": "127.0.0.1", "PGPORT": f"{running.port}", "PGSSLMODE": "disable"}
    environment |= {"PGUSER": SUPERUSER, "PGDATABASE": DATABASE, "PGPASSWORD": running.password}
    os.execve(program, [program, *arguments], environment)  # noqa: S606 - a list, no shell
