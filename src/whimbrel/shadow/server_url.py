"""The URLs of a server of ours: over TCP, and over its Unix socket."""

from __future__ import annotations

import os

from whimbrel.shadow.cluster_names import DATABASE, SUPERUSER

PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~")


def tcp_url(password: str, port: int) -> str:
    """The URL of the server's own database on the loopback address, which needs no TLS."""
    return f"postgres://{SUPERUSER}:{password}@127.0.0.1:{port}/{DATABASE}?sslmode=disable"


def socket_url(password: str, port: int, folder: str) -> str:
    """The same database by way of the socket in `folder`."""
    host = "".join(chr(byte) if byte in PLAIN else f"%{byte:02X}" for byte in os.fsencode(folder))
    return f"postgres://{SUPERUSER}:{password}@/{DATABASE}?host={host}&port={port}"
