"""What a start, a stop and a look at the embedded server tell."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from whimbrel.shadow.server_url import socket_url, tcp_url

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from whimbrel.shadow.postmaster import Postmaster
    from whimbrel.shadow.state import State


@dataclass(frozen=True, slots=True)
class Running:
    """A server that takes connections; both URLs hold its `password`.

    `started` tells whether this call started it, `notices` what its user should know about that.
    """

    url: str = field(repr=False)
    socket_url: str = field(repr=False)
    password: str = field(repr=False)
    port: int
    version: str
    pid: int
    data: Path
    started: bool = False
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stopped:
    """`was_running` is False where there was nothing to stop."""

    was_running: bool
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Status:
    """`version` is empty before the first start.

    `pid`, `port` and `since` are None while the server is stopped, and while it runs where its process cannot be seen
    from here (another container).
    """

    running: bool
    data: Path
    version: str
    pid: int | None = None
    port: int | None = None
    since: datetime | None = None


def describe(state: State, postmaster: Postmaster, *, started: bool = False, notices: tuple[str, ...] = ()) -> Running:
    """The facts about a server that is ready, for those who want to connect."""
    return Running(
        url=tcp_url(state.password, postmaster.port),
        socket_url=socket_url(state.password, postmaster.port, postmaster.socket_folder),
        password=state.password,
        port=postmaster.port,
        version=state.version,
        pid=postmaster.pid,
        data=state.place.data,
        started=started,
        notices=notices,
    )
