"""What does a command set up in its process before anything else? What makes it quick, and its streams safe."""

from __future__ import annotations

import gc
import signal
import sys


def start_up() -> None:
    """Make the process fit for one short command."""
    from whimbrel.postgres import lean

    lean.wanted = True
    gc.set_threshold(100_000)  # a collection finds nothing in so short a life, and ten thousand files cause many
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    signal.signal(signal.SIGINT, signal.SIG_DFL)
