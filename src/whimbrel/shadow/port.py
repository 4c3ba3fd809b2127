"""A TCP port of the loopback address that nobody listens on."""

from __future__ import annotations

from whimbrel.errors import ServerError

FIRST, COUNT = 20_000, 10_000
"""Below the ports that systems hand out by themselves (Linux from 32768, macOS from 49152), so it stays free."""

TRIES = 100


def is_free(port: int) -> bool:
    """Whether a server could listen on `port` now."""
    import socket

    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as PostgreSQL does
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def choose_port() -> int:
    """A free port, at random.

    Raises:
        ServerError: none was found.
    """
    import secrets

    for _ in range(TRIES):
        port = FIRST + secrets.randbelow(COUNT)
        if is_free(port):
            return port
    message = f"cannot find a free port on 127.0.0.1: tried {TRIES} between {FIRST} and {FIRST + COUNT}"
    raise ServerError(
        message,
        remedy="end some of the programs that listen, or set DATABASE_URL to a server elsewhere",
    )


def port_taken(port: int) -> ServerError:
    """The error that says that a port that was asked for is another's."""
    return ServerError(
        f"cannot start PostgreSQL on port {port}: another program listens on it",
        remedy="end that program, or leave the choice of a port to Whimbrel",
    )
