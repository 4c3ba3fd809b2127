"""What does a person answer to a question? A line; a signal, or the end of input, is no answer."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO


class _Interrupted(Exception):
    """A signal came instead of an answer."""


def answer(question: Callable[[], None], stdin: TextIO) -> str:
    """Print a question and return the line that is typed; nothing where SIGINT or SIGTERM comes first.

    Nothing runs while a question stands, so there is nothing to finish: to interrupt it is to say no.
    """

    def interrupted(_: int, __: object) -> None:
        raise _Interrupted

    before = {number: signal.signal(number, interrupted) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        question()
        return stdin.readline()
    except _Interrupted:
        return ""
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
