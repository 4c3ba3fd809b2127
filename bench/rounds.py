"""How long do commands take, next to each other? Rounds that take turns, and the median of each."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

_PEAK = """import os, sys
child = os.spawnv(os.P_NOWAIT, sys.argv[1], sys.argv[1:])
_, status, usage = os.wait4(child, 0)
print(usage.ru_maxrss, flush=True)
sys.exit(os.waitstatus_to_exitcode(status))
"""


@dataclass(slots=True)
class Times:
    """What each tool took in each round, in seconds, by the tool's name."""

    rounds: dict[str, list[float]] = field(default_factory=dict)

    def median(self, tool: str) -> float:
        """Return the median of a tool's rounds, in seconds."""
        return statistics.median(self.rounds[tool])

    def ratio(self, other: str, ours: str) -> float:
        """Return how many times as long as `ours` the `other` tool takes: the median of the rounds' own ratios."""
        pairs = zip(self.rounds[other], self.rounds[ours], strict=True)
        return statistics.median(theirs / our for theirs, our in pairs)


def seconds(command: Sequence[str], *, env: Mapping[str, str] | None = None, cwd: Path | None = None) -> float:
    """Run a command to its end and return how long it took; a failure ends the measurement with what it said."""
    with tempfile.TemporaryFile() as output:
        surroundings = {**_environment(), **(env or {})}
        began = time.perf_counter()
        ended = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False, cwd=cwd, env=surroundings
        )
        took = time.perf_counter() - began
        if ended.returncode:
            output.seek(0)
            said = output.read().decode(errors="replace")[-2000:]
            message = f"{command[0]} ended with code {ended.returncode}:\n{said}"
            raise SystemExit(message)
    return took


def peak_mb(command: Sequence[str]) -> float:
    """Run a command to its end and return its largest resident memory.

    A small process starts it: the kernel counts what the starting process held for the started one's own (Linux).
    """
    ended = subprocess.run(
        [sys.executable, "-I", "-S", "-c", _PEAK, *command], capture_output=True, check=False, env=_environment()
    )
    if ended.returncode:
        message = f"{command[0]} failed:\n{ended.stderr.decode(errors='replace')[-2000:]}"
        raise SystemExit(message)
    unit = 1 if sys.platform == "darwin" else 1024
    return int(ended.stdout.split()[-1]) * unit / 1e6


def _environment() -> dict[str, str]:
    """Return ours, in which Python keeps what it compiled: an installed command has been compiled before."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def in_turns(tools: Mapping[str, Callable[[], float]], rounds: int) -> Times:
    """Measure every tool once a round, each round beginning with the next one."""
    times = Times({name: [] for name in tools})
    names = list(tools)
    for number in range(rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            times.rounds[name].append(tools[name]())
    return times
