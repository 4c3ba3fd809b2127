"""How does a service behave when its connections break? A wire to PostgreSQL that fails at one exact statement.

    with FaultWire(url) as wire, Database.open(wire.url) as database:
        wire.cut(Cut.AFTER, "COMMIT")           # the server commits, and nobody is told
        wire.fail("UPDATE accounts", nth=2, sqlstate="40001")

It serves async and sync code alike, from threads of its own. Encryption ends at it: for tests only.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Self

from psycopg.conninfo import conninfo_to_dict, make_conninfo

if TYPE_CHECKING:
    from collections.abc import Callable

_TLS, _GSS, _CANCEL = 80877103, 80877104, 80877102


class Cut(Enum):
    """When a connection is cut."""

    BEFORE = "before"
    """The server never reads the statement."""
    DURING = "during"
    """The server has read it; what it does of it is up to the server."""
    AFTER = "after"
    """The server has done it, and the client reads nothing of the answer."""


@dataclass(slots=True)
class _Fault:
    """What happens to the `left`-th statement from here on whose text begins with `text`."""

    text: str
    left: int
    cut: Cut | None
    instead: bytes = b""


@dataclass(slots=True, eq=False)
class _Pair:
    """A client's connection and ours to the server."""

    client: socket.socket
    server: socket.socket
    texts: dict[bytes, str] = field(default_factory=dict)
    """The text of each statement that was parsed, by its name."""
    cut: Cut | None = None
    silent: int = 0
    """How many ParseComplete are ours and not the client's."""

    def close(self) -> None:
        for end in (self.client, self.server):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


class FaultWire:
    """A port in front of the server of `database_url`; `url` is the database's through it.

    `delay_s` is waited before each statement and may be changed. A statement is counted once it is sent, over all
    connections; BEGIN and COMMIT are statements, and so is each use of a prepared one.
    """

    def __init__(self, database_url: str, *, delay_s: float = 0.0) -> None:
        given = conninfo_to_dict(database_url)
        self._upstream = (
            str(given.get("hostaddr") or given.get("host") or "localhost"),
            int(given.get("port") or 5432),
        )
        self.delay_s = delay_s
        self._lock = threading.Lock()
        self._planned: list[_Fault] = []
        self._happened = 0
        self._refuses = False
        self._statements: list[str] = []
        self._pairs: set[_Pair] = set()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        ours = {"host": "127.0.0.1", "port": self._listener.getsockname()[1]}
        kept = {name: value for name, value in given.items() if name not in {"hostaddr", "sslmode", "gssencmode"}}
        self.url = make_conninfo(**{**kept, **ours, "sslmode": "disable", "gssencmode": "disable"})
        self._start(self._accept)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections and the port."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut_all()
        for thread in list(self._threads):
            thread.join()

    @property
    def statements(self) -> tuple[str, ...]:
        """The texts that were sent so far."""
        with self._lock:
            return tuple(self._statements)

    @property
    def faults(self) -> int:
        """How many of the faults that were asked for have happened."""
        with self._lock:
            return self._happened

    def cut(self, when: Cut, text: str = "", *, nth: int = 1) -> None:
        """Cut the connection of the `nth` statement from now on whose text begins with `text`."""
        with self._lock:
            self._planned.append(_Fault(text, nth, when))

    def fail(self, text: str = "", *, nth: int = 1, sqlstate: str = "XX000", message: str = "asked for") -> None:
        """Let the server raise an error instead of doing the `nth` statement whose text begins with `text`."""
        quoted = [f"'{value.replace(chr(39), chr(39) * 2)}'" for value in (sqlstate, message)]
        instead = f"DO $fault$BEGIN RAISE EXCEPTION USING ERRCODE = {quoted[0]}, MESSAGE = {quoted[1]}; END$fault$"
        with self._lock:
            self._planned.append(_Fault(text, nth, None, instead.encode()))

    def cut_all(self) -> None:
        """Cut all connections now."""
        with self._lock:
            pairs = list(self._pairs)
        for pair in pairs:
            pair.close()

    def refuse(self, *, refuses: bool = True) -> None:
        """Take no new connection, as a server that is down; or take them again."""
        with self._lock:
            self._refuses = refuses

    def mend(self) -> None:
        """Forget the faults that have not happened, and take connections again."""
        with self._lock:
            self._planned.clear()
            self._refuses = False

    def _start(self, run: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=run, args=arguments, name="fault wire", daemon=True)
        self._threads = [*(one for one in self._threads if one.is_alive()), thread]
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self._refuses:
                client.close()
            else:
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._start(self._serve, client)

    def _connect(self) -> socket.socket:
        host, port = self._upstream
        if host.startswith("/"):
            server = socket.socket(socket.AF_UNIX)
            server.connect(str(Path(host) / f".s.PGSQL.{port}"))
            return server
        server = socket.create_connection((host, port))
        server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return server

    def _serve(self, client: socket.socket) -> None:
        with client:
            try:
                code, start_up = _start_up(client)
                server = self._connect() if start_up else None
            except OSError:
                return
            if server is None:
                return
            with server:
                pair = _Pair(client, server)
                with self._lock:
                    self._pairs.add(pair)
                try:
                    server.sendall(start_up)
                    if code == _CANCEL:
                        server.recv(1)
                    else:
                        self._converse(pair)
                except OSError:
                    pass
                finally:
                    pair.close()
                    with self._lock:
                        self._pairs.discard(pair)

    def _converse(self, pair: _Pair) -> None:
        back = threading.Thread(target=_backwards, args=(pair,), name="fault wire", daemon=True)
        back.start()
        try:
            while message := _message(pair.client):
                if not self._forward(pair, message):
                    break
        except OSError:
            pass
        if pair.cut is not Cut.AFTER:
            pair.close()
        back.join()

    def _forward(self, pair: _Pair, message: bytes) -> bool:
        """Pass a message of the client on; return whether the connection lives on."""
        kind = message[:1]
        fault = None
        if kind == b"P":
            name, text, _ = message[5:].split(b"\0", 2)
            pair.texts[name] = text.decode(errors="replace")
        elif kind == b"Q":
            fault = self._meet(message[5:-1].decode(errors="replace"))
        elif kind == b"B":
            fault = self._meet(pair.texts.get(message[5:].split(b"\0", 2)[1], ""))
        if fault is not None:
            if fault.cut is Cut.BEFORE:
                return False
            pair.cut = fault.cut
            if fault.instead:
                message = _instead(message, fault.instead)
                pair.silent += kind == b"B"
        pair.server.sendall(message)
        return not (pair.cut is Cut.DURING and kind in b"QS")

    def _meet(self, text: str) -> _Fault | None:
        """Take note of a statement; return what is to happen to it."""
        if self.delay_s:
            time.sleep(self.delay_s)
        with self._lock:
            self._statements.append(text)
            met = None
            for fault in list(self._planned):
                fault.left -= text.startswith(fault.text)
                if fault.left == 0 and text.startswith(fault.text) and met is None:
                    met = fault
                    self._planned.remove(fault)
                    self._happened += 1
            return met


def _instead(message: bytes, sql: bytes) -> bytes:
    """Return a message that runs `sql` where the client runs something else."""
    if message[:1] == b"Q":
        return b"Q" + struct.pack("!I", len(sql) + 5) + sql + b"\0"
    portal = message[5:].split(b"\0", 1)[0]
    parse = b"\0" + sql + b"\0\0\0"
    bind = portal + b"\0\0\0\0\0\0\0\0"
    return b"".join(kind + struct.pack("!I", len(body) + 4) + body for kind, body in ((b"P", parse), (b"B", bind)))


def _backwards(pair: _Pair) -> None:
    """Pass the server's messages on to the client."""
    try:
        while message := _message(pair.server):
            if message[:1] == b"1" and pair.silent:
                pair.silent -= 1
            elif pair.cut is None:
                pair.client.sendall(message)
            elif message[:1] == b"Z":
                break
    except OSError:
        pass
    pair.close()


def _start_up(client: socket.socket) -> tuple[int, bytes]:
    """Read the first message, refusing encryption; nothing if the client went away."""
    while head := _exactly(client, 8):
        length, code = struct.unpack("!II", head)
        if code not in {_TLS, _GSS}:
            return code, head + _exactly(client, length - 8)
        client.sendall(b"N")
    return 0, b""


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
