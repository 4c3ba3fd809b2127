"""What does a command set up in its process before anything else? What makes it quick, and its streams safe."""

from __future__ import annotations

import gc
import os
import signal
import sys


def start_up() -> None:
    """Make the process fit for one short command."""
    from whimbrel.postgres import lean

    lean.wanted = True
    gc.set_threshold(100_000)  # a collection finds nothing in so short a life, and ten thousand files cause many
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # it was closed when we were started
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115 - for the process's life
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    signal.signal(signal.SIGINT, signal.SIG_DFL)
