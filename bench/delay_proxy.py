"""A network that is far away: a TCP proxy that holds all back for half a round trip each way, at full bandwidth."""

from __future__ import annotations

import queue
import socket
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHUNK = 1 << 18


@contextmanager
def delayed(host: str, port: int, round_trip_s: float) -> Iterator[int]:
    """Listen on a port of this machine for the body, and pass all on to `host` and `port`, later."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_accept, args=(listener, (host, port), round_trip_s / 2), daemon=True).start()
        try:
            yield int(listener.getsockname()[1])
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)


def _accept(listener: socket.socket, server: tuple[str, int], delay_s: float) -> None:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            return
        there = socket.create_connection(server)
        for source, target in ((client, there), (there, client)):
            source.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            held: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()
            threading.Thread(target=_take, args=(source, held, delay_s), daemon=True).start()
            threading.Thread(target=_give, args=(target, held), daemon=True).start()


def _take(source: socket.socket, held: queue.SimpleQueue[tuple[float, bytes]], delay_s: float) -> None:
    """Note when each piece is due; an empty one is the end."""
    data = b"first"
    while data:
        try:
            data = source.recv(_CHUNK)
        except OSError:
            data = b""
        held.put((time.monotonic() + delay_s, data))


def _give(target: socket.socket, held: queue.SimpleQueue[tuple[float, bytes]]) -> None:
    with suppress(OSError):
        while True:
            due, data = held.get()
            time.sleep(max(0.0, due - time.monotonic()))
            if not data:
                target.shutdown(socket.SHUT_WR)
                return
            target.sendall(data)
