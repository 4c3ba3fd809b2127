"""A PostgreSQL proxy that breaks connections on purpose, at one exact message.

    with FaultProxy(url, Fault(7, When.AFTER)) as proxy:
        ...                 # connect to proxy.url
    proxy.points            # what went by, in order

Messages of the client are passed on one by one, however many it sends at once, so "before the seventh" means that the
server has read six. A *point* is a message of one of the kinds in `points`: by default those that make the server do
something, Query, Execute and Sync. Points are counted over all connections, from the end of the log-in on.

The proxy is a process of its own, one for all tests of a process: libpq holds Python's lock while it connects, so a
thread beside it could not answer.
"""

from __future__ import annotations

import json
import socket
import struct
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qsl, urlencode, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable

WORKING = "QES"
"""Query, Execute, Sync."""
WAIT_S = 20
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
    """What happens to the point `number`, counted from 1 among those whose text begins with `text`.

    The connection is cut; with `hold` it is kept, with nothing passed on, until the client goes or `release` is called.
    With `refuse` no new connection is taken after it.
    """

    number: int
    when: When
    text: str = ""
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
    parsed: str = ""
    """The statement that was parsed last."""
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
    """A port in front of the server of `database_url`; `delay_s` is waited before each message."""

    def __init__(
        self, database_url: str, fault: Fault | None = None, *, kinds: str = WORKING, delay_s: float = 0.0
    ) -> None:
        self._ask = _process()
        upstream = urlsplit(database_url)
        wanted: dict[str, object] = {
            "host": upstream.hostname,
            "port": upstream.port,
            "kinds": kinds,
            "delay_s": delay_s,
        }
        if fault is not None:
            wanted["fault"] = asdict(fault)
        port = self._ask("open", **wanted)
        login, _, _ = upstream.netloc.rpartition("@")
        query = urlencode(dict(parse_qsl(upstream.query)) | {"sslmode": "disable"})
        self.url = upstream._replace(netloc=f"{login}@127.0.0.1:{port}", query=query).geturl()
        """The database's URL through the proxy, without encryption."""
        self._closed: list[list[str]] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._closed = self._ask("close")

    @property
    def points(self) -> list[str]:
        """What went by: the SQL text of each Query and Execute, the letter of each other message."""
        return [text for _, text in self._seen()]

    @property
    def kinds(self) -> str:
        """The letters of the messages that went by."""
        return "".join(kind for kind, _ in self._seen())

    def _seen(self) -> list[list[str]]:
        seen: list[list[str]] = self._ask("points") if self._closed is None else self._closed
        return seen

    def wait_for_fault(self) -> bool:
        """Return whether the fault has happened, after some time at the latest."""
        return bool(self._ask("wait"))

    def release(self) -> None:
        """Pass on what is held."""
        self._ask("release")


@cache
def _process() -> Callable[..., Any]:
    """Start the proxy's process, which ends with this one's end of the pipe."""
    process = subprocess.Popen([sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(command: str, **details: object) -> Any:
        assert process.stdin
        assert process.stdout
        process.stdin.write(json.dumps({"command": command, **details}) + "\n")
        process.stdin.flush()
        return json.loads(process.stdout.readline())

    return ask


class _Proxy:
    """The port, in the proxy's process."""

    def __init__(self, host: str, port: int, kinds: str, delay_s: float, fault: dict[str, Any] | None = None) -> None:
        self._upstream = (host, port)
        self._kinds = kinds.encode()
        self._delay_s = delay_s
        self._fault = None if fault is None else Fault(**{**fault, "when": When(fault["when"])})
        self._lock = threading.Lock()
        self._pairs: list[_Pair] = []
        self._threads: list[threading.Thread] = []
        self._released = threading.Event()
        self._counted = 0
        self._begun = False
        self.points: list[tuple[str, str]] = []
        self.reached = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._start(self._accept)

    def release(self) -> None:
        self._released.set()

    def close(self) -> None:
        self._released.set()
        self._stop_listening()
        for pair in list(self._pairs):
            pair.close()
        for thread in list(self._threads):
            thread.join()
        for pair in self._pairs:
            pair.client.close()
            pair.server.close()

    def _start(self, run: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=run, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _stop_listening(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
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
        server = socket.create_connection(self._upstream)
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
        if message[0] == ord("P"):
            pair.parsed = message[5:].split(b"\0")[1].decode()
        if message[0] not in self._kinds:
            pair.server.sendall(message)
            return True
        with self._lock:
            self.points.append((chr(message[0]), _shown(message, pair.parsed)))
            self._counted += self.points[-1][1].startswith(self._fault.text if self._fault else "")
            is_it = self._counted == (self._fault.number if self._fault else 0) and not self._begun
            self._begun = self._begun or is_it
        fault = self._fault
        if fault is not None and is_it:
            return self._happen(pair, message, fault)
        if fault is None or self._begun:
            pair.server.sendall(message)
        else:
            self._send(pair, message)
            pair.wait_for_answer()
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


def _shown(message: bytes, parsed: str) -> str:
    kind = chr(message[0])
    return message[5:-1].decode() if kind == "Q" else parsed if kind == "E" else kind


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


def _main() -> None:
    """Do what is asked on standard input, a line each, and answer with a line each."""
    proxy: _Proxy | None = None
    for line in sys.stdin:
        asked = json.loads(line)
        command = asked.pop("command")
        answer: object = None
        if command == "open":
            proxy = _Proxy(**asked)
            answer = proxy.port
        elif proxy is not None:
            if command == "close":
                proxy.close()
            if command in {"close", "points"}:
                answer = proxy.points
            elif command == "wait":
                answer = proxy.reached.wait(WAIT_S)
            elif command == "release":
                proxy.release()
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _main()
