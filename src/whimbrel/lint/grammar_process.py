"""What does the grammar make of text that nobody vouches for? It is asked in a child process, which may die.

libpg_query recurses on the C stack, which text that nests deep enough overflows: that ends the process, and no limit
on the stack changes it for good. A text of fewer than `SAFE` bytes cannot: the tightest known, a chain of operators of
two bytes a level, needs four times as many on a stack of 8 MB.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from whimbrel.sql import grammar
from whimbrel.sql.grammar import GrammarError

if TYPE_CHECKING:
    from typing import IO

SAFE: Final = 60_000
"""Bytes that may be parsed in our own process, on the main thread's stack."""
_SAFE_ON_A_THREAD: Final = 2_000
_DONE, _REFUSED = b"+", b"-"


class TooDeep(GrammarError):
    """The text nests deeper than the grammar can follow."""

    def __init__(self) -> None:
        super().__init__("it nests too deep for PostgreSQL's grammar", None)


class TooSlow(GrammarError):
    """The grammar does not come to an end with the text: a run of `/*` costs it the square of its length."""

    def __init__(self) -> None:
        super().__init__("PostgreSQL's grammar takes too long to read it", None)


class GrammarProcess:
    """The grammar for any text: small ones here, others in a child that is started when it is first needed."""

    def __init__(self, patience_s: float = 10) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        self._patience_s = patience_s
        """How long the child may take for one text: a megabyte of common SQL takes it a tenth of a second."""

    def parse(self, text: bytes) -> bytes:
        """Return the parse tree as `grammar.parse` does.

        Raises:
            GrammarError: it is no SQL of PostgreSQL 18; TooDeep where it nests too deep, TooSlow where it never ends.
            NoGrammar: the library is not installed.
        """
        main = threading.current_thread() is threading.main_thread()
        if len(text) < (SAFE if main else _SAFE_ON_A_THREAD):
            return grammar.parse(text)
        return self._ask(text)

    def _ask(self, text: bytes) -> bytes:
        if self._child is None or self._child.poll() is not None:
            self._child = _start()
        asked, answers = self._child.stdin, self._child.stdout
        assert asked is not None  # noqa: S101 - both are pipes
        assert answers is not None  # noqa: S101
        late = threading.Event()
        timer = threading.Timer(self._patience_s, _end, (self._child, late))
        timer.start()
        try:
            with suppress(BrokenPipeError):
                _write(asked, b"", text)
            answer = _read(answers)
        finally:
            timer.cancel()
        if answer is None:
            self.close()
            if late.is_set():
                self._patience_s /= 2
                raise TooSlow
            raise TooDeep
        status, payload = answer[:1], answer[1:]
        if status == _DONE:
            return payload
        offset, _, message = payload.partition(b" ")
        raise GrammarError(message.decode(), int(offset) if offset != b"None" else None)

    def close(self) -> None:
        """End the child."""
        child, self._child = self._child, None
        if child is None:
            return
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        child.kill()
        child.wait()


def _end(child: subprocess.Popen[bytes], late: threading.Event) -> None:
    late.set()
    child.kill()


def _start() -> subprocess.Popen[bytes]:
    grammar.parse(b"")  # a library that is not there is said here, not by a child that dies
    path = os.pathsep.join(part for part in sys.path if part)
    return subprocess.Popen(
        [sys.executable, "-m", "whimbrel.lint.grammar_process"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": path, "PYTHONFAULTHANDLER": ""},
    )  # fmt: skip


def _write(pipe: IO[bytes], status: bytes, payload: bytes) -> None:
    pipe.write((len(status) + len(payload)).to_bytes(8, "big") + status)
    pipe.write(payload)
    pipe.flush()


def _read(pipe: IO[bytes]) -> bytes | None:
    head = pipe.read(8)
    if len(head) < 8:
        return None
    size = int.from_bytes(head, "big")
    body = pipe.read(size)
    return body if len(body) == size else None


def _serve() -> None:
    """Answer what is asked on standard input until it ends."""
    asked, answers = sys.stdin.buffer, sys.stdout.buffer
    while (text := _read(asked)) is not None:
        try:
            tree = grammar.parse(text)
        except GrammarError as error:
            _write(answers, _REFUSED, f"{error.offset} {error.message}".encode())
        else:
            _write(answers, _DONE, tree)


if __name__ == "__main__":
    _serve()
