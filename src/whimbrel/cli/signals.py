"""What do SIGINT and SIGTERM do while a command runs? They ask the run to stop, and say so."""

from __future__ import annotations

import signal
import threading
from contextlib import suppress
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

    from whimbrel.runner.stop import Stop

_SIGNALS = frozenset([signal.SIGINT, signal.SIGTERM])


def ask_to_stop(stop: Stop, stream: TextIO, text: Callable[[int], str]) -> None:
    """From here on let signals stop the run; `text` is what the n-th one prints, with its line's end, if anything.

    A thread waits for them, for a handler would interrupt the run at any point of it: in the middle of a line that is
    being printed, between a look at the socket and the wait for it (which then never ends), in a system call of libpq.
    """

    def listen() -> None:
        for times in count(1):
            signal.sigwait(_SIGNALS)
            with suppress(OSError):  # nobody reads any more
                stream.write(text(times))
                stream.flush()
            stop.ask()

    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    threading.Thread(target=listen, name="signals", daemon=True).start()
