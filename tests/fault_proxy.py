"""A PostgreSQL proxy that breaks connections on purpose, at one exact message.

    with FaultProxy(url, fault=Fault(7, When.AFTER)) as proxy:
        ...                 # connect to proxy.url
    proxy.seen              # how many points went by

Messages of the client are passed on one by one, however many it sends at once, so "before the seventh" means that the
server has read six. A *point* is a message of one of the kinds in `points`: by default those that make the server do
something, Query, Execute and Sync. Points are counted over all connections, from the end of the log-in on.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Self
from urllib.parse import parse_qsl, urlencode, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable

WORKING = frozenset(b"QES")
"""Query, Execute, Sync."""
_TLS, _GSS, _CANCEL = 80877103, 80877104, 80877102
_FLUSH = b"H\x00\x00\x00\x04"
_ENDS = {
    ord("Q"): b"Z",
    ord("S"): b"Z",
    ord("P"): b"1",
    ord("B"): b"2",
    ord("D"): b"Tn",
    ord("E"): b"CIs",
    ord("C"): b"3",
    ord("H"): b"",
}
"""Which of the server's messages ends the answer to each of the client's."""


class When(StrEnum):
    """When the fault happens to the message."""

    BEFORE = "before"
    """The server never reads it."""
    AFTER = "after"
    """The server has answered it in full, and the client reads nothing of the answer."""
    DURING = "during"
    """The server has read it; what it does of it is up to the server."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to the point `number`, counted from 1.

    The connection is cut; with `hold` it is kept, with nothing passed on, until the client goes or `release` is called.
    With `refuse` no new connection is taken after it.
    """

    number: int
    when: When
    hold: bool = False
    refuse: bool = False


@dataclass(slots=True)
class _Pair:
    """A client's connection and ours to the server."""

    client: socket.socket
    server: socket.socket
    withheld: bool = False
    """Nothing of the server's is passed on any more."""
    skipping: bool = False
    """After an error the server reads on to the next Sync and answers nothing."""
    closed: bool = False
    ends: bytes = b""
    """The kinds of message of which one ends the answer that is waited for."""
    changed: threading.Condition = field(default_factory=threading.Condition)

    def wait_for_answer(self) -> None:
        with self.changed:
            self.changed.wait_for(lambda: not self.ends or self.closed)

    def saw(self, kind: int) -> None:
        """Take note of a message of the server's."""
        with self.changed:
            if kind == ord("E") and ord("Z") not in self.ends:
                self.skipping = True
                self.ends = b""
            elif kind in self.ends:
                self.ends = b""
            self.changed.notify_all()

    def close(self) -> None:
        for end in (self.client, self.server):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
        with self.changed:
            self.closed = True
            self.changed.notify_all()


class FaultProxy:
    """Listens on a port of its own in front of the server of `database_url`; `delay_s` is waited before each message."""

    def __init__(
        self,
        database_url: str,
        *,
        fault: Fault | None = None,
        points: frozenset[int] = WORKING,
        delay_s: float = 0.0,
        on_point: Callable[[int, bytes], None] = lambda _, __: None,
    ) -> None:
        self._upstream = urlsplit(database_url)
        self._fault = fault
        self._points = points
        self._delay_s = delay_s
        self._on_point = on_point
        self._lock = threading.Lock()
        self._pairs: list[_Pair] = []
        self._threads: list[threading.Thread] = []
        self._released = threading.Event()
        self.seen = 0
        """Points so far."""
        self.reached = threading.Event()
        """Set when the fault has happened."""
        self._listener = socket.create_server(("127.0.0.1", 0))

    @property
    def url(self) -> str:
        """The database's URL through the proxy, without encryption."""
        login, _, _ = self._upstream.netloc.rpartition("@")
        query = dict(parse_qsl(self._upstream.query)) | {"sslmode": "disable"}
        where = f"{login}@127.0.0.1:{self._listener.getsockname()[1]}"
        return self._upstream._replace(netloc=where, query=urlencode(query)).geturl()

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._released.set()
        self._stop_listening()
        for pair in list(self._pairs):
            pair.close()
        for thread in list(self._threads):
            thread.join()
        for pair in self._pairs:
            pair.client.close()
            pair.server.close()

    def release(self) -> None:
        """Pass on what is held."""
        self._released.set()

    def _start(self, run: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=run, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _stop_listening(self) -> None:
        try:
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._start(self._serve, client)

    def _serve(self, client: socket.socket) -> None:
        start_up = _start_up(client)
        if not start_up:
            client.close()
            return
        server = socket.create_connection((self._upstream.hostname or "127.0.0.1", self._upstream.port or 5432))
        server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        server.sendall(start_up)
        pair = _Pair(client, server)
        self._pairs.append(pair)
        self._start(self._backwards, pair)
        try:
            while message := _message(client):
                if not self._forward(pair, message):
                    break
        except OSError:
            pass
        pair.close()

    def _forward(self, pair: _Pair, message: bytes) -> bool:
        """Pass a message of the client on; return whether the connection lives on."""
        if self._delay_s:
            time.sleep(self._delay_s)
        if message[0] not in self._points:
            pair.server.sendall(message)
            return True
        with self._lock:
            self.seen += 1
            number = self.seen
        self._on_point(number, message)
        fault = self._fault
        if fault is None or number > fault.number:
            pair.server.sendall(message)
        elif number < fault.number:
            self._send(pair, message)
            pair.wait_for_answer()
        else:
            return self._happen(pair, message, fault)
        return True

    def _send(self, pair: _Pair, message: bytes) -> None:
        """Send a message and make the server answer it now: a Flush makes it give out what it holds back."""
        with pair.changed:
            if message[0] in b"SQ":
                pair.skipping = False
            pair.ends = b"" if pair.skipping else _ENDS[message[0]]
        pair.server.sendall(message if message[0] in b"SQH" else message + _FLUSH)

    def _happen(self, pair: _Pair, message: bytes, fault: Fault) -> bool:
        if fault.when is not When.BEFORE:
            pair.withheld = True
            self._send(pair, message)
            if fault.when is When.AFTER:
                pair.wait_for_answer()
        if fault.refuse:
            self._stop_listening()
        self.reached.set()
        return self._held(pair, message, fault) if fault.hold else False

    def _held(self, pair: _Pair, message: bytes, fault: Fault) -> bool:
        """Wait for `release`; return False when the client went away before."""
        pair.client.settimeout(0.005)
        while not self._released.is_set():
            try:
                if not pair.client.recv(1, socket.MSG_PEEK):
                    return False
            except TimeoutError:
                continue
            self._released.wait(0.005)
        pair.client.settimeout(None)
        if fault.when is When.BEFORE:
            pair.server.sendall(message)
            return True
        return False

    def _backwards(self, pair: _Pair) -> None:
        """Pass the server's messages on to the client."""
        try:
            while message := _message(pair.server):
                if not pair.withheld:
                    pair.client.sendall(message)
                pair.saw(message[0])
        except OSError:
            pass
        pair.close()


def _start_up(client: socket.socket) -> bytes:
    """Read the first message, refusing encryption; nothing if the client went away."""
    while True:
        head = _exactly(client, 8)
        if not head:
            return b""
        length, code = struct.unpack("!II", head)
        if code in {_TLS, _GSS}:
            client.sendall(b"N")
            continue
        return head + _exactly(client, length - 8)


def _message(end: socket.socket) -> bytes:
    head = _exactly(end, 5)
    if not head:
        return b""
    (length,) = struct.unpack("!I", head[1:])
    return head + _exactly(end, length - 4)


def _exactly(end: socket.socket, size: int) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        part = end.recv(size - len(parts))
        if not part:
            return b""
        parts += part
    return bytes(parts)
